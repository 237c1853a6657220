// What shells offer for an argument: datasets, runs, recipes and pipelines by their names.

internal import ArgumentParser
internal import Pipeline
internal import Shards
internal import Storage
internal import Training

enum Completion {
    /// Folders of prepared datasets.
    static let dataset = CompletionKind.custom { _, _, typed in
        folders(in: "shards", holding: Manifest.fileName, typed)
    }
    /// Folders of runs.
    static let run = CompletionKind.custom { _, _, typed in
        folders(in: "runs", holding: Model.fileName, typed)
    }
    static let recipe = CompletionKind.custom { _, _, typed in
        Recipe.builtinNames.filter { $0.hasPrefix(typed) } + paths(typed, ending: ".yaml")
    }
    static let pipeline = CompletionKind.custom { _, _, typed in
        PipelineConfiguration.builtinNames.filter { $0.hasPrefix(typed) } + paths(typed, ending: ".yaml")
    }

    /// Folders where datasets or runs usually lie, which hold a file of this name; then what else begins as typed.
    private static func folders(in parent: String, holding file: String, _ typed: String) -> [String] {
        let known = ((try? FileSystem.names(in: parent)) ?? []).map { "\(parent)/\($0)" }
            .filter { FileSystem.exists("\($0)/\(file)") && $0.hasPrefix(typed) }
        return known + paths(typed, ending: nil).filter { !known.contains($0.trimming("/")) }
    }

    /// Folders that begin with what was typed, and files with an ending.
    private static func paths(_ typed: String, ending: String?) -> [String] {
        let (folder, start) = FileSystem.split(typed)
        let names = ((try? FileSystem.names(in: folder)) ?? []).filter {
            $0.hasPrefix(start) && !$0.hasPrefix(".")
        }
        return names.compactMap { name in
            let path = typed.dropLast(start.count) + name
            if FileSystem.isFolder("\(folder)/\(name)") { return path + "/" }
            return ending.map(name.hasSuffix) == true ? String(path) : nil
        }
    }
}

extension String {
    func trimming(_ end: String) -> String {
        self != end && hasSuffix(end) ? String(dropLast(end.count)) : self
    }
}
