import COpenSSL

/// An algorithm that was fetched from OpenSSL's provider once: fetching anew for each digest costs more than a small digest.
///
/// `pointer` is never freed and OpenSSL treats it as constant, so every thread may use it.
@safe struct DigestAlgorithm: @unchecked Sendable {
    let pointer: OpaquePointer
    let name: StaticString
    let sizeInBytes: Int

    static let sha256 = DigestAlgorithm(fetching: "SHA256", sizeInBytes: 32)
    static let md5 = DigestAlgorithm(fetching: "MD5", sizeInBytes: 16)

    private init(fetching name: StaticString, sizeInBytes: Int) {
        // A static string ends with a zero byte.
        let found = unsafe name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1) {
            unsafe EVP_MD_fetch(nil, $0, nil)
        }
        guard let found = unsafe found else {
            preconditionFailure("OpenSSL's providers offer no \(name)")
        }
        unsafe pointer = unsafe found
        self.name = name
        self.sizeInBytes = sizeInBytes
    }
}
