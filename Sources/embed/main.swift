// Build tool: writes text files as Swift source. Arguments: the output, then the files.

import Foundation

let paths = CommandLine.arguments.dropFirst()
guard let output = paths.first else {
    FileHandle.standardError.write(Data("usage: embed OUTPUT FILE ...\n".utf8))
    exit(64)
}
var source = "// Made by embed when the package is built.\n\nlet embeddedTexts: [String: String] = [\n"
for path in paths.dropFirst() {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let text = try String(contentsOfFile: path, encoding: .utf8)
    source += "\"\(name)\": ###\"\"\"\n\(text)\n\"\"\"###,\n"
}
source += "]\n"
// An unchanged file keeps its time, so that the modules that hold it are not compiled again.
if let old = try? String(contentsOfFile: output, encoding: .utf8), old == source { exit(0) }
try source.write(toFile: output, atomically: true, encoding: .utf8)
