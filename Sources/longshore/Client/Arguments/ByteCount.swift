import ArgumentParser

/// A number of bytes: `8388608`, `8MiB`, `8M` (powers of 1,024), `8MB` (powers of 1,000).
struct ByteCount: Sendable, Equatable, ExpressibleByArgument {
    let bytes: Int64

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let factor = Self.factor(argument.dropFirst(digits.count).lowercased()) else {
            return nil
        }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: factor)
        guard !overflows else { return nil }
        self.bytes = bytes
    }

    private static func factor(_ unit: String) -> Int64? {
        if unit.isEmpty || unit == "b" { return 1 }
        guard let power = "kmgt".firstIndex(of: unit[unit.startIndex]) else { return nil }
        let exponent = "kmgt".distance(from: "kmgt".startIndex, to: power) + 1
        let base: Int64
        switch unit.dropFirst() {
        case "", "ib": base = 1_024
        case "b": base = 1_000
        default: return nil
        }
        return (0..<exponent).reduce(1) { product, _ in product * base }
    }
}
