// Samples in pages: images with tooltips, groups of them, contact sheets.

internal import Dataset

extension SampleView {
    /// The image, at most 64 pixels wide and high, with its key and place as tooltip.
    var html: HTML {
        element("span", ["class": "s", "tabindex": "0", "role": "img", "title": details]) { picture }
    }

    private var picture: HTML {
        let image = image.reduced(to: 64)
        return HTML.void(
            "img",
            [
                "src": dataURI(png: image.png), "alt": "",
                "width": String(image.size.width), "height": String(image.size.height),
            ])
    }
}

/// A list of samples that wraps, each with a caption.
func cards(_ samples: [(sample: SampleView, caption: HTML)]) -> HTML {
    element("ul", ["class": "cards"]) {
        for (sample, caption) in samples {
            element("li") {
                element("figure") {
                    sample.html
                    element("figcaption") { caption }
                }
            }
        }
    }
}

/// Groups of samples, the samples of a group side by side.
func groups(_ groups: [[SampleView]]) -> HTML {
    element("ul", ["class": "groups"]) {
        for group in groups {
            element("li") {
                for sample in group { sample.html }
                if group.count > 1 { splits(of: group) }
            }
        }
    }
}

/// In which splits a group lies; more than one are worth a look.
private func splits(of group: [SampleView]) -> HTML {
    let names = Split.allCases.filter { split in group.contains { $0.row.split == split } }.map(\.rawValue)
    return element("small", ["class": names.count > 1 ? "bad" : nil]) { names.joined(separator: " + ") }
}

/// A contact sheet, and over it a cell per sample with its tooltip.
func sheet(_ samples: [SampleView], columns: Int, label: String) -> HTML {
    // A cell takes 48 pixels on a high-resolution screen; full photos would make pages of many megabytes.
    let sheet = ContactSheet(samples.map { $0.image.reduced(to: 48) }, columns: columns)
    return element(
        "div",
        [
            "class": "sheet", "role": "group", "aria-label": label,
        ]
    ) {
        HTML.void(
            "img",
            [
                "src": dataURI(png: sheet.png), "alt": "", "width": String(sheet.size.width),
                "height": String(sheet.size.height),
            ])
        element("div", ["class": "cells", "style": "--c:\(sheet.columns);--r:\(sheet.rows)"]) {
            for (index, sample) in samples.enumerated() {
                element(
                    "i", ["role": "img", "tabindex": index == 0 ? "0" : "-1", "title": sample.details])
            }
        }
    }
}
