import Checksums

/// Reads one body: takes chunk framing apart, computes checksums, passes the bytes on, and judges it all at the end.
///
/// `@unchecked Sendable`: OpenSSL's digest contexts may move from thread to thread, used by one at a time; this value has
/// one owner, and `BodyCollector` holds a lock around it.
struct PayloadReader: ~Copyable, @unchecked Sendable {
    /// Where a body's bytes go.
    enum Target: Sendable {
        case memory(limitInBytes: Int)
        case file(DataFile, offset: Int64)
        case nowhere
    }

    private let rules: PayloadRules
    private let target: Target
    private var hasher: Checksums.Hasher
    private var decoder = ChunkedDecoder()
    private var signer: ChunkSigner?
    private var chunkHash: SHA256?
    private var chunkSignature: String?
    private var trailers: [(name: String, value: String)] = []
    private var received: Int64 = 0
    private var collected: [UInt8] = []

    /// - Parameters:
    ///   - kinds: what to compute beside the kinds that `rules` need.
    ///   - signer: for a body whose chunks are signed; nil when signatures are not checked.
    init(rules: PayloadRules, kinds: ChecksumKinds, target: Target, signer: ChunkSigner?) {
        self.rules = rules
        self.target = target
        self.signer = signer
        chunkHash = signer == nil ? nil : SHA256()
        hasher = Checksums.Hasher(rules.kinds.union(kinds))
    }

    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(S3Failure) {
        guard case .chunked = rules.framing else {
            try unsafe take(bytes)
            return
        }
        var index = 0
        while let event = try unsafe decoder.next(in: bytes, from: &index) {
            switch event {
            case .data(let range):
                let data = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
                unsafe chunkHash?.update(data)
                try unsafe take(data)
            case .chunk(_, let signature):
                chunkSignature = signature
            case .chunkEnd:
                try checkChunk()
            case .trailer(let name, let value):
                trailers.append((name, value))
            case .end:
                try checkTrailerSignature()
            }
        }
    }

    /// - Throws: IncompleteBody, XAmzContentSHA256Mismatch, BadDigest or MalformedTrailerError.
    mutating func finish() throws(S3Failure) -> Payload {
        if case .chunked = rules.framing, !decoder.isComplete { throw S3Failure(.incompleteBody) }
        if let size = rules.sizeInBytes, size != received { throw S3Failure(.incompleteBody) }
        let digests = hasher.finalize()
        if let expected = rules.signedSHA256, let found = digests.sha256, expected != found {
            throw S3Failure(
                .payloadHashMismatch,
                details: [
                    .init(name: "ClientComputedContentSHA256", value: Hex.encode(expected)),
                    .init(name: "S3ComputedContentSHA256", value: Hex.encode(found)),
                ])
        }
        if let expected = rules.contentMD5, expected != digests.md5 {
            throw S3Failure(.badDigest, "The Content-MD5 you specified did not match what we received.")
        }
        var payload = Payload(sizeInBytes: received, digests: digests)
        payload.verified = try verifiedChecksum(digests)
        payload.bytes = collected
        payload.extent.count = received
        if case .file(let file, let offset) = target, received > 0 {
            payload.extent = DataExtent(file: file.id, offset: offset, count: received)
        }
        return payload
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) throws(S3Failure) {
        guard bytes.count > 0 else { return }
        unsafe hasher.update(bytes)
        switch target {
        case .nowhere: break
        case .memory(let limit):
            guard collected.count + bytes.count <= limit else { throw S3Failure(.malformedXML) }
            unsafe collected.append(contentsOf: bytes)
        case .file(let file, let offset):
            do throws(FolderError) {
                try unsafe file.write(bytes, at: offset + received)
            } catch {
                throw S3Failure(.internalError, error.description)
            }
        }
        received += Int64(bytes.count)
        if let size = rules.sizeInBytes, received > size { throw S3Failure(.incompleteBody) }
    }

    private mutating func checkChunk() throws(S3Failure) {
        guard signer != nil else { return }
        let hash = chunkHash?.finalize() ?? []
        chunkHash?.reset()
        guard signer?.accepts(chunkSignature ?? "", chunkSHA256: hash) == true else {
            throw S3Failure(.signatureDoesNotMatch)
        }
    }

    private mutating func checkTrailerSignature() throws(S3Failure) {
        guard signer != nil, !trailers.isEmpty else { return }
        guard let last = trailers.popLast(), last.name == "x-amz-trailer-signature" else {
            throw S3Failure(.malformedTrailer)
        }
        let lines = trailers.flatMap { Array("\($0.name):\($0.value)\n".utf8) }
        guard signer?.accepts(last.value, trailerLines: lines) == true else {
            throw S3Failure(.signatureDoesNotMatch)
        }
    }

    private func verifiedChecksum(_ digests: Digests) throws(S3Failure) -> (kind: ChecksumKind, value: [UInt8])? {
        var expected = rules.checksum
        if let kind = rules.trailer {
            let name = "x-amz-checksum-\(kind.rawValue)"
            guard let text = trailers.first(where: { $0.name == name })?.value,
                let value = Base64.decode(text.utf8), value.count == kind.sizeInBytes
            else { throw S3Failure(.malformedTrailer) }
            expected = (kind, value)
        }
        guard let expected else { return nil }
        guard digests[expected.kind] == expected.value else {
            throw S3Failure(
                .badDigest,
                "The \(expected.kind.rawValue.uppercased()) you specified did not match the calculated checksum.")
        }
        return expected
    }
}
