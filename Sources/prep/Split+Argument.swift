// Lets options have a split as their value: train, validation or test.

public import ArgumentParser
public import Dataset

extension Split: ExpressibleByArgument {}
