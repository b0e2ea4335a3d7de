import COpenSSL

/// A SHA-256 computation, by OpenSSL.
///
/// `context` is made by `EVP_MD_CTX_new`, belongs to this one value, and is freed with it. (OpenSSL manual
/// EVP_DigestInit.)
@safe struct SHA256State: ~Copyable {
    private let context: OpaquePointer

    init() {
        unsafe context = unsafe Self.newContext()
        reset()
    }

    /// Goes on from a prefix that was hashed once and is used for many messages.
    init(copying prefix: borrowing SHA256Prefix) {
        unsafe context = unsafe Self.newContext()
        goOn(from: prefix)
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    mutating func reset() {
        let result = unsafe EVP_DigestInit_ex2(context, SHA256Algorithm.fetched.pointer, nil)
        precondition(result == 1, "OpenSSL could not start SHA-256")
    }

    mutating func goOn(from prefix: borrowing SHA256Prefix) {
        let result = unsafe EVP_MD_CTX_copy_ex(context, prefix.state.context)
        precondition(result == 1, "OpenSSL could not copy a SHA-256 state")
    }

    mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    mutating func update(_ hash: SHA256Hash) {
        unsafe withUnsafeBytes(of: hash.bytes) { unsafe update($0) }
    }

    /// Ends the computation: `reset` or `goOn` starts the next.
    mutating func finalize() -> SHA256Hash {
        var hash = SHA256Hash()
        unsafe withUnsafeMutableBytes(of: &hash.bytes) { buffer in
            // SHA-256 writes 32 bytes, the size of the vector.
            let result = unsafe EVP_DigestFinal_ex(
                context, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
            precondition(result == 1, "OpenSSL could not end SHA-256")
        }
        return hash
    }

    /// The bytes are valid for the call, and OpenSSL only reads them.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let result = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(result == 1, "OpenSSL refused \(bytes.count) bytes for SHA-256")
    }

    private static func newContext() -> OpaquePointer {
        guard let context = unsafe EVP_MD_CTX_new() else {
            preconditionFailure("OpenSSL has no memory for a digest context")
        }
        return unsafe context
    }
}

/// A SHA-256 state that is only ever copied from.
///
/// Nothing writes to the context after `init`, and copying reads it only: every thread may do so at once.
@safe final class SHA256Prefix: @unchecked Sendable {
    fileprivate let state: SHA256State

    init(_ bytes: [UInt8]) {
        var state = SHA256State()
        state.update(bytes)
        self.state = state
    }
}

/// The algorithm, fetched from OpenSSL's provider once; never freed, constant for OpenSSL, so every thread may use it.
@safe private struct SHA256Algorithm: @unchecked Sendable {
    let pointer: OpaquePointer

    static let fetched = SHA256Algorithm()

    private init() {
        guard let found = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
            preconditionFailure("OpenSSL's providers offer no SHA-256")
        }
        unsafe pointer = unsafe found
    }
}
