import COpenSSL

/// One OpenSSL digest context, owned.
///
/// `context` is made by `EVP_MD_CTX_new`, used by its one owner, and freed with it; `algorithm` lives as long as the
/// process. (OpenSSL manual EVP_DigestInit.)
@safe struct Digest: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: DigestAlgorithm

    init(_ algorithm: DigestAlgorithm) {
        guard let context = unsafe EVP_MD_CTX_new() else {
            preconditionFailure("OpenSSL has no memory for a digest context")
        }
        unsafe self.context = unsafe context
        self.algorithm = algorithm
        start()
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    mutating func reset() {
        start()
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // The buffer is valid for the call, and OpenSSL only reads it.
        let result = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(result == 1, "OpenSSL refused \(bytes.count) bytes of \(algorithm.name)")
    }

    mutating func finalize() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: algorithm.sizeInBytes) { buffer, count in
            // The buffer has room for the algorithm's size, which is all that OpenSSL writes.
            let result = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            precondition(result == 1, "OpenSSL could not end \(algorithm.name)")
            count = algorithm.sizeInBytes
        }
    }

    private func start() {
        let result = unsafe EVP_DigestInit_ex2(context, algorithm.pointer, nil)
        precondition(result == 1, "OpenSSL could not start \(algorithm.name)")
    }
}
