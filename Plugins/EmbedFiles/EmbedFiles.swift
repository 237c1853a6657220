// Finds the YAML files that a module carries, each time the package is built.

import Foundation
import PackagePlugin

/// Makes `embeddedTexts`, the texts of a folder by file name without ending, part of a module.
@main
struct EmbedFiles: BuildToolPlugin {
    private static let folders = ["Pipeline": "pipelines", "Training": "recipes"]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let name = Self.folders[target.name] else { return [] }
        let folder = context.package.directoryURL.appending(path: name)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedTexts.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(name)", executable: try context.tool(named: "embed").url,
                arguments: [output.path] + files.map(\.path), inputFiles: files, outputFiles: [output])
        ]
    }
}
