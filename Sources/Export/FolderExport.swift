// A folder of PNG files for each split and class, which every tool for images reads.

internal import Dataset
internal import Foundation
internal import Storage

struct FolderExport: ExportWriter {
    func check(_ source: ExportSource) throws(ExportError) {
        // A limit of file systems.
        guard let long = source.dataset.classes.names.first(where: { Self.folderName($0).utf8.count > 255 })
        else { return }
        throw .unsuitable(
            format: .folder, reason: "no folder can have the name of the class “\(long.excerpt)”",
            other: .webdataset)
    }

    func write(_ source: ExportSource, to folder: Folder) throws {
        for split in source.splits {
            let parent = try folder.folder(creating: split.rawValue)
            // All classes, also those without images in this split: readers number the folders that they find.
            let names = source.dataset.classes.names.map(Self.folderName)
            for name in names { try parent.createFolder(name) }
            try source.forEachBlock(of: split) { block in
                let pngs = source.pngs(block.samples)
                // One folder is open at a time: there may be more classes than a process may open.
                for (label, rows) in Dictionary(grouping: pngs.indices, by: { block.samples.labels[$0] }) {
                    let folder = try parent.folder(names[Int(label)])
                    for row in rows {
                        try folder.create("\(ExportSource.name(ofRow: block.first + row)).png", pngs[row])
                    }
                }
            }
        }
    }

    func layout(_ source: ExportSource) -> Croissant.Layout {
        Croissant.Layout(
            fileSets: [Croissant.fileSet("png", "image/png", includes: "*/*/*.png")],
            recordSets: [
                Croissant.images(
                    in: "png",
                    names: [
                        "split": "^([^/]+)/", "label": "^[^/]+/([^/]+)/", "row": "(?:.*/)?([0-9]+)[.]png",
                    ])
            ])
    }

    /// The name of a class as that of a folder: a slash, and a dot at the beginning, which hides folders, are escaped in the
    /// notation of keys. By bytes: to Swift, a slash and an accent after it are one character, and no slash.
    static func folderName(_ name: String) -> String {
        let escaped = name.utf8.enumerated().flatMap { place, byte in
            switch byte {
            case UInt8(ascii: "/"): Array(#"\x2F"#.utf8)
            case UInt8(ascii: ".") where place == 0: Array(#"\x2E"#.utf8)
            default: [byte]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
