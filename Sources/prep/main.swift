// The program. Everything that it does is in Commands, which the C library uses too.

internal import Commands

Program.run(Array(CommandLine.arguments.dropFirst()))
