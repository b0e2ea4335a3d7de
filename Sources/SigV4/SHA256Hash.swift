/// A SHA-256 value, without an allocation.
package struct SHA256Hash: Sendable, Hashable {
    var bytes = SIMD32<UInt8>()

    init() {}

    /// The hash of bytes that are all here.
    package init(of bytes: [UInt8]) {
        var state = SHA256State()
        state.update(bytes)
        self = state.finalize()
    }

    /// Reads 64 digits; nil for anything else.
    package init?(hexadecimal text: [UInt8]) {
        guard text.count == 64 else { return nil }
        for index in bytes.indices {
            guard let high = Hexadecimal.value(of: text[2 * index]),
                let low = Hexadecimal.value(of: text[2 * index + 1])
            else { return nil }
            bytes[index] = high << 4 | low
        }
    }

    /// A hash that was computed elsewhere; nil unless it has 32 bytes.
    package init?(_ array: [UInt8]) {
        guard array.count == 32 else { return nil }
        for index in bytes.indices { bytes[index] = array[index] }
    }

    /// The 32 bytes.
    package var array: [UInt8] {
        bytes.indices.map { bytes[$0] }
    }

    /// 64 lower-case digits: what `x-amz-content-sha256` carries.
    package var hexadecimal: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        appendHexadecimal(to: &text)
        return text
    }

    func appendHexadecimal(to target: inout [UInt8]) {
        for index in bytes.indices {
            Hexadecimal.appendLower(bytes[index], to: &target)
        }
    }
}
