// Splits as values of options: train, validation, test.

public import ArgumentParser
public import Dataset

extension Split: ExpressibleByArgument {}
