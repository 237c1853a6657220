// What export and card may say about a dataset.

internal import ArgumentParser
internal import Shards

struct AboutOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Its licence: an SPDX identifier or a URL.", valueName: "CC-BY-4.0"))
    var license: String?

    @Option(help: ArgumentHelp("Somebody who made it; may be repeated.", valueName: "name"))
    var creator: [String] = []

    @Option(help: ArgumentHelp("What it is, in a sentence or more.", valueName: "text"))
    var description: String?

    @Option(help: ArgumentHelp("How to cite it, such as BibTeX.", valueName: "text"))
    var citation: String?

    @Option(help: ArgumentHelp("Its page.", valueName: "https://…"))
    var url: String?

    @Option(help: ArgumentHelp("When it was published.", valueName: "2026-11-27"))
    var date: String?

    @Option(help: ArgumentHelp("Where its images come from; may be repeated.", valueName: "https://…"))
    var sourceURL: [String] = []

    func about() throws -> About {
        var about = About()
        func check(_ value: String, _ key: String, _ option: String) throws -> String {
            guard About.isValid(value, for: key) else {
                throw ValidationError("\(option): \(About.notation(key)) is expected, not “\(value)”")
            }
            return value
        }
        about.license = try license.map { try check($0, "license", "--license") }
        about.creators = try creator.map { try check($0, "creators", "--creator") }
        about.description = try description.map { try check($0, "description", "--description") }
        about.citation = try citation.map { try check($0, "citation", "--citation") }
        about.url = try url.map { try check($0, "url", "--url") }
        about.date = try date.map { try check($0, "date", "--date") }
        about.sources = try sourceURL.map { try check($0, "sources", "--source-url") }
        return about
    }
}
