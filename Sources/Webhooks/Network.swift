import CurlTransport

/// A range of addresses, as `10.0.0.0/8` or `fd00::/8` has it.
package struct Network: Sendable, Hashable {
    private let bytes: [UInt8]
    private let bits: Int

    /// Nil unless `text` is ADDRESS or ADDRESS/BITS, with no bit of the address behind them.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = Self.address(String(halves[0])) else { return nil }
        var bits = bytes.count * 8
        if halves.count == 2 {
            guard let number = Int(halves[1]), (0...bits).contains(number), halves[1].allSatisfy(\.isNumber) else {
                return nil
            }
            bits = number
        }
        self.init(bytes, bits)
        guard Self.masked(bytes, bits) == bytes else { return nil }
    }

    init(_ bytes: [UInt8], _ bits: Int) {
        self.bytes = bytes
        self.bits = bits
    }

    func contains(_ address: PeerAddress) -> Bool {
        address.bytes.count == bytes.count && Self.masked(address.bytes, bits) == bytes
    }

    private static func masked(_ bytes: [UInt8], _ bits: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(8, max(0, bits - index * 8))
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }

    private static func address(_ text: String) -> [UInt8]? { PeerAddress(text: text)?.bytes }
}
