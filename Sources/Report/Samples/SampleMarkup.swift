// Samples in pages: single images that say what they are, groups of them, contact sheets.

internal import Dataset

extension SampleView {
    /// The image; pointed at or focused, it shows its key and place. Small images in pages are at most 64
    /// pixels wide and high.
    var html: HTML {
        element("span", ["class": "s", "tabindex": "0", "role": "img", "title": details]) { picture }
    }

    private var picture: HTML {
        let image = image.reduced(to: 64)
        return HTML.void(
            "img",
            [
                "src": PNGEncoder.dataURI(PNGEncoder.encode(image)), "alt": "",
                "width": String(image.size.width), "height": String(image.size.height),
            ])
    }
}

/// Samples with a caption each, as a list that wraps.
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

/// Samples that belong together, side by side; a group of one is a sample by itself.
func groups(_ groups: [[SampleView]]) -> HTML {
    element("ul", ["class": "groups"]) {
        for group in groups {
            element("li") {
                for sample in group { sample.html }
            }
        }
    }
}

/// A contact sheet and, over it, a cell per sample that can be pointed at.
func sheet(_ samples: [SampleView], columns: Int, label: String) -> HTML {
    // As large as a cell is shown on a fine screen; photos would make pages of many megabytes.
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
                "src": PNGEncoder.dataURI(sheet.png), "alt": "", "width": String(sheet.size.width),
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
