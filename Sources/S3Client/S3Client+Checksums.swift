package import Model

/// What a store makes of checksums in request headers, and of its ETags: learned once, while requests are sent anyway.
extension S3Client {
    /// What the store makes of checksums in headers, by its settings and by what it has shown.
    package var checksums: StoreConfiguration.ChecksumSupport { state.checksums }

    /// How bodies are protected on this store under a job's choice, by its settings and by what it has shown.
    package func protection(for choice: JobSpec.ChecksumChoice) -> PayloadProtection {
        PayloadProtection(choice: choice, isSecure: isSecure, support: state.checksums)
    }

    /// Sends something in the way that the store is known to take. If `auto` chose a checksum header and the answer may
    /// mean that the store does not know it, the same is sent once in each other way that can be verified; the one that
    /// succeeds is the store's from then on.
    ///
    ///     403 with a checksum header, 403 with Content-MD5   ->  the rights are missing; nothing is learned
    ///     401 with a checksum header, 200 with Content-MD5   ->  the store does not know checksum headers
    ///
    /// - Parameter body: sends; also told whether it is sent another way than usual. What is no `S3Error` ends it.
    package func protecting<Value: Sendable>(
        _ choice: JobSpec.ChecksumChoice,
        _ body: (_ protection: PayloadProtection, _ isOtherWay: Bool) async throws -> Value
    ) async throws -> Value {
        let support = state.checksums
        let usual = PayloadProtection(choice: choice, isSecure: isSecure, support: support)
        do {
            return try await body(usual, false)
        } catch let refusal as S3Error
            where choice == .auto && usual.checksum != nil
            && refusal.mayRefuseChecksums(isProven: state.areChecksumsProven)
        {
            for other in support.otherWays {
                do {
                    let value = try await body(
                        PayloadProtection(choice: choice, isSecure: isSecure, support: other), true)
                    state.learn(checksums: other)
                    return value
                } catch let again as S3Error where again.mayRefuseChecksums(isProven: false) {
                    // Who may not write may not in any other way.
                    if again.code == .accessDenied || again.code == .invalidCredentials { break }
                }
            }
            throw refusal
        }
    }

    /// The store took a request only once its checksums were left out.
    package func learnThatChecksumsAreRefused() { state.learn(checksums: .md5) }

    /// What a reply of success shows of the store.
    func note(_ stored: StoredObject, in bucket: String, sent: Checksum?) {
        if let sent, sent.algorithm != .md5 { state.noteChecksumTaken() }
        if stored.isETagOpaque { state.noteOpaqueETags(bucket) }
    }

    /// Whether the ETags of a bucket say nothing of the bytes: S3 Express One Zone, or a reply named another encryption
    /// than S3's own (AWS API reference, "Object"). False also means that nothing is known yet.
    package func hasOpaqueETags(_ bucket: String) -> Bool {
        bucket.hasSuffix("--x-s3") || state.hasOpaqueETags(bucket)
    }
}

extension StoreConfiguration.ChecksumSupport {
    /// What else may be tried, best first.
    var otherWays: [Self] {
        switch self {
        case .supported: [.md5, .none]
        case .md5: [.none]
        case .none: []
        }
    }
}

extension S3Error {
    /// Whether the answer to a request that carried a checksum may be about the checksum.
    ///
    /// - Parameter isProven: the store has taken checksum headers before: then only an answer that speaks of them is.
    package func mayRefuseChecksums(isProven: Bool) -> Bool {
        switch code {
        case .notImplemented: true
        case .invalidRequest: status == 400 && (!isProven || speaksOfChecksums)
        // R2 has answered 401 to unknown checksum headers.
        case .accessDenied, .invalidCredentials: !isProven && status != nil
        default: false
        }
    }

    /// In the store's words, or in that the document of checksums could not be read.
    package var speaksOfChecksums: Bool {
        let text = message.lowercased()
        return rawCode == "MalformedXML" || text.contains("checksum") || text.contains("x-amz-sdk")
            || text.contains("content-md5")
    }
}
