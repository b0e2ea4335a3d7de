import Files
import Model
import S3Client
import Synchronization

/// Copies one object of a copy job. Within one store no byte comes here: one CopyObject, or from the threshold on an
/// UploadPartCopy for each part. Between stores the bytes pass through this machine.
///
/// Made once for a run of a job and shared by its files.
struct CopyRunner: Sendable {
    /// A source that is overwritten while it is copied is copied anew, at most so many times in all.
    static let mostVersions = 3

    let objects: ObjectSource
    let target: UploadTarget
    /// Nil when source and destination are in one store.
    let relay: Relay?
    let conditions = ConditionSupport()

    var spec: JobSpec { target.spec }

    func run(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        let location = try target.location(of: file)
        if file.multipart == nil, let reason = try await reasonToSkip(file, at: location, ledger: ledger) {
            return skipped(reason, file, size: file.size)
        }
        var file = file
        var version = SourceVersion(listed: file)
        var versions = 1
        while true {
            let result = try await ending(file) { [version] file in
                try await copy(file, version, to: location, ledger: ledger)
            }
            guard result.failure?.code == .sourceChanged, versions < Self.mostVersions else { return result }
            versions += 1
            // The upload of the version that is gone was aborted; what it had brought is not counted again.
            try await ledger.restart(file)
            file.multipart = nil
            file.countedBytes = max(file.countedBytes, result.acknowledgedBytes)
            do {
                version = SourceVersion(try await look(at: file, ledger: ledger))
            } catch {
                return try await ending(file) { _ in throw error }
            }
        }
    }

    /// Turns what ends the file into its result, with what was counted for it by uploads that came to nothing.
    private func ending(
        _ file: FileTransfer, _ body: (FileTransfer) async throws -> FileResult
    ) async throws -> FileResult {
        do {
            return try await body(file)
        } catch {
            guard let failure = Failure(ending: error) else { throw error }
            var result = FileResult.failed(failure, size: file.size)
            result.acknowledgedBytes = min(file.countedBytes, file.size)
            return result
        }
    }

    private func copy(
        _ file: FileTransfer, _ version: SourceVersion, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        var version = version
        if version.description == nil, needsLook(at: version, file) {
            do {
                version = SourceVersion(try await look(at: file, ledger: ledger))
            } catch {
                guard let begun = file.multipart, let failure = Failure(ending: error) else { throw error }
                return try await target.giveUp(begun, of: file, at: location, failure, ledger: ledger)
            }
        }
        if let description = version.description, file.multipart != nil || target.movesByParts(version.size) {
            return try await copyByParts(file, description, to: location, ledger: ledger)
        }
        guard let etag = version.etag else { preconditionFailure("an object without an ETag was not looked at") }
        if let relay {
            return try await self.relay(file, etag, size: version.size, to: location, by: relay, ledger: ledger)
        }
        return try await copyWhole(file, version, etag, to: location, ledger: ledger)
    }

    // MARK: The source

    /// Whether more than the list says must be known of the source before it is copied.
    private func needsLook(at version: SourceVersion, _ file: FileTransfer) -> Bool {
        if version.etag == nil || file.multipart != nil || target.movesByParts(version.size) { return true }
        // CopyObject replaces all metadata and content headers or none: those that are not given must be known.
        return relay == nil && target.attributes.replacesMetadata
    }

    private func look(at file: FileTransfer, ledger: some TransferLedger) async throws -> ObjectDescription {
        try await objects.client.s3.headObject(objects.location(of: file)) { _ in
            try await ledger.permit(.startedFile, at: objects.client.name)
        }
    }

    /// None where the spec replaces them, or where the store knows no tags.
    func tags(of file: FileTransfer, ledger: some TransferLedger) async throws -> [String: String] {
        if target.attributes.replacesTags { return [:] }
        do {
            return try await objects.client.s3.getObjectTagging(objects.location(of: file)) { _ in
                try await ledger.permit(.startedFile, at: objects.client.name)
            }
        } catch {
            if error.code == .notImplemented { return [:] }
            throw error
        }
    }

    // MARK: Parts

    private func copyByParts(
        _ file: FileTransfer, _ description: ObjectDescription, to location: ObjectLocation,
        ledger: some TransferLedger
    ) async throws -> FileResult {
        let attributes = target.attributes.inheriting(
            description, tags: try await tags(of: file, ledger: ledger), keepsTime: spec.preserveTimes)
        let source = objects.location(of: file)
        if let relay {
            let parts = RelayedParts(
                target: target, relay: relay, file: file, source: source, description: description,
                attributes: attributes)
            return try await MultipartFile(
                target: target, file: file, source: parts, location: location, ledger: ledger
            ).run()
        }
        let parts = CopiedParts(target: target, source: source, description: description, attributes: attributes)
        return try await MultipartFile(target: target, file: file, source: parts, location: location, ledger: ledger)
            .run()
    }

    // MARK: One request

    private func copyWhole(
        _ file: FileTransfer, _ version: SourceVersion, _ etag: ETag, to location: ObjectLocation,
        ledger: some TransferLedger
    ) async throws -> FileResult {
        var attributes = target.attributes
        if let description = version.description, attributes.replacesMetadata {
            attributes = attributes.inheriting(description, tags: [:], keepsTime: spec.preserveTimes)
        }
        let request = RequestInFlight(
            file: file, number: PartNumber(1), range: ByteRange(offset: 0, count: version.size), isMultipart: false)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let stored: StoredObject
        do {
            stored = try await conditions.retrying(target.condition) { condition throws(S3Error) in
                try await target.client.s3.copyObject(
                    from: objects.location(of: file), to: location, attributes: attributes, ifMatch: etag,
                    condition: condition
                ) { attempt in try await admit(attempt, request, .newFile(size: version.size), ledger: ledger) }
            }
        } catch {
            guard error.code == .preconditionFailed else { throw request.reason(error) }
            // Either of two conditions was false: the source's, or the destination's.
            if target.condition != nil, try await isThere(location, ledger: ledger) {
                return skipped("exists", file, size: version.size)
            }
            throw Failure.overwritten
        }
        acknowledged = version.size
        return succeeded(file, stored, size: version.size, request)
    }

    private func isThere(_ location: ObjectLocation, ledger: some TransferLedger) async throws -> Bool {
        do {
            _ = try await target.client.s3.headObject(location) { _ in
                try await ledger.permit(.startedFile, at: target.client.name)
            }
            return true
        } catch {
            if error.code == .noSuchKey { return false }
            throw error
        }
    }

    func admit(
        _ attempt: Int, _ request: RequestInFlight, _ urgency: TransferUrgency, ledger: some TransferLedger
    ) async throws -> Permit {
        try await request.admitting {
            try await ledger.pace(bytes: request.range.count)
            let permit = try await ledger.permit(attempt > 1 ? .startedFile : urgency, at: target.client.name)
            request.begin()
            if attempt == 1 { ledger.began(request) }
            return permit
        }
    }

    // MARK: The end

    func succeeded(
        _ file: FileTransfer, _ stored: StoredObject, size: Int64, _ request: RequestInFlight
    ) -> FileResult {
        var result = FileResult(.succeeded, size: size)
        result.attempts = max(1, request.attempt)
        result.etag = stored.etag
        result.checksum = stored.checksum
        // Negative where an earlier upload that came to nothing had brought more than there is now.
        result.countsBytes = size - min(file.countedBytes, file.size)
        result.acknowledgedBytes = size
        result.resentBytes = request.resentBytes
        return result
    }

    func skipped(_ reason: String, _ file: FileTransfer, size: Int64) -> FileResult {
        .skipped(reason, size: size, counted: min(file.countedBytes, file.size))
    }
}
