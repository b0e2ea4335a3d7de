/// A key of HMAC-SHA-256 (RFC 2104), with both of its pads hashed already: a message costs two copies, not two blocks more.
package struct HMACKey: Sendable {
    private let inner: SHA256Prefix
    private let outer: SHA256Prefix

    package init(_ key: [UInt8]) {
        var block = key.count > 64 ? SHA256Hash(of: key).array : key
        block.append(contentsOf: repeatElement(0, count: 64 - block.count))
        inner = SHA256Prefix(block.map { $0 ^ 0x36 })
        outer = SHA256Prefix(block.map { $0 ^ 0x5C })
    }

    /// The 32 bytes for one message.
    package func code(of message: [UInt8]) -> [UInt8] {
        var state = SHA256State()
        return authenticate(message, with: &state).array
    }

    /// `state` is scratch space: what it held is lost.
    func authenticate(_ message: [UInt8], with state: inout SHA256State) -> SHA256Hash {
        state.goOn(from: inner)
        state.update(message)
        let hash = state.finalize()
        state.goOn(from: outer)
        state.update(hash)
        return state.finalize()
    }
}
