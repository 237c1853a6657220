// The version of everything in this package.

/// By the rules of semantic versioning: what scripts and files rely on changes with the first number alone.
public let programVersion = "0.1.0"
