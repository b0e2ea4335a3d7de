import ArgumentParser

/// How many rows of a list are printed at most: 1 or more.
struct RowLimit: ExpressibleByArgument, ExpressibleByIntegerLiteral, CustomStringConvertible {
    let value: Int

    init?(argument: String) {
        guard let value = Int(argument), value >= 1 else { return nil }
        self.value = value
    }

    init(integerLiteral value: Int) { self.value = value }

    var description: String { "\(value)" }
}
