import Checksums
import Files
import Model
import S3Client

/// Fetches a large object by ranges, many at once, or goes on with what an earlier run has fetched of it.
///
/// Order, and what is durable: HEAD -> temporary file -> plan and identity -> ranges -> check -> fsync -> target's name.
/// Each range asks for the ETag that the first answer had. A run that is stopped leaves the temporary file and the ranges'
/// records, each with its CRC.
struct RangedDownload<Ledger: TransferLedger>: Sendable {
    /// Why the file starts again.
    private enum Trouble: Error {
        /// The object was overwritten meanwhile.
        case changed
        /// What arrived is not what the store says it has.
        case damaged
    }

    private static var mostChanges: Int { 3 }
    private static var mostDamages: Int { 2 }

    let runner: DownloadRunner
    let file: FileTransfer
    let target: DownloadTarget
    let ledger: Ledger

    private var s3: S3Client { runner.client.s3 }
    private var location: ObjectLocation { runner.objects.location(of: file) }

    func run() async throws -> FileResult {
        var begun = file.multipart
        let recorded = begun == nil ? [] : try await ledger.recordedParts(of: file)
        // What the job's totals hold of the file.
        var reached = max(file.countedBytes, recorded.reduce(0) { $0 + $1.range.count })
        var attempts = 1
        var changes = 0
        var damages = 0
        while true {
            var tally: PartTally?
            do {
                let object = try await head()
                if object.sizeInBytes < runner.spec.multipartThreshold {
                    if begun != nil { try await ledger.restart(file) }
                    return try await fetchWhole(reached: reached)
                }
                let opened = try await open(object, begun, recorded)
                let kept = opened.kept.mapValues { CompletedPart(number: $0.number, etag: object.etag, checksum: nil) }
                let current = PartTally(
                    kept: KeptParts(kept, bytes: opened.keptBytes), reached: reached, limit: file.size)
                tally = current
                return try await finish(opened, current)
            } catch {
                reached = tally?.counted ?? reached
                attempts = max(attempts, tally?.mostAttempts ?? 1)
                switch error {
                case Trouble.changed where changes < Self.mostChanges: changes += 1
                case Trouble.damaged where damages < Self.mostDamages: damages += 1
                default: return try failed(error, reached: reached, attempts: attempts)
                }
            }
            try await ledger.restart(file)
            begun = nil
        }
    }

    private func failed(_ error: any Error, reached: Int64, attempts: Int) throws -> FileResult {
        let failure: Failure?
        switch error {
        case Trouble.changed:
            failure = Failure(.sourceChanged, "the object is overwritten again and again", retryable: true)
        case Trouble.damaged: failure = .arrivesDamaged
        default: failure = Failure(endingDownload: error)
        }
        guard let failure else { throw error }
        var result = FileResult.failed(failure, size: file.size)
        result.attempts = max(attempts, failure.attempts)
        result.acknowledgedBytes = min(reached, file.size)
        return result
    }

    /// The object is small by now.
    private func fetchWhole(reached: Int64) async throws -> FileResult {
        var small = file
        small.countedBytes = reached
        return try await WholeDownload(runner: runner, file: small, target: target, ledger: ledger).run()
    }

    // MARK: Before the first range

    private func permit(_ attempt: Int) async throws -> Permit {
        try await ledger.permit(attempt > 1 ? .startedFile : .newFile(size: file.size), at: runner.client.name)
    }

    private func head() async throws -> ObjectDescription { try await s3.headObject(location, acquire: permit) }

    /// An object and the file that it is written to.
    private struct Opened: Sendable {
        let object: ObjectDescription
        let plan: PartPlan
        let check: RangedCheck
        let temporary: TemporaryFile
        /// Ranges of an earlier run that are in the file.
        var kept: [PartNumber: KeptRange] = [:]

        var keptBytes: Int64 { kept.values.reduce(0) { $0 + $1.sizeInBytes } }
    }

    private struct KeptRange: Sendable {
        let number: PartNumber
        let sizeInBytes: Int64
        let digests: Digests
    }

    private func open(
        _ object: ObjectDescription, _ begun: MultipartUpload?, _ recorded: [Part]
    ) async throws -> Opened {
        let parts = try await storedParts(of: object)
        if let begun {
            if let opened = try await reopen(object, begun, recorded, parts) { return opened }
            try await ledger.restart(file)
        }
        guard
            let plan = parts.flatMap({
                PartPlan(
                    tiling: $0, objectSize: object.sizeInBytes, preferredPartSize: runner.spec.partSize)
            }) ?? PartPlan(objectSize: object.sizeInBytes, preferredPartSize: runner.spec.partSize)
        else {
            throw Failure(.storeError, "the object has \(object.sizeInBytes) bytes, S3 holds at most 48.8 TiB")
        }
        let temporary = try await runner.readers.run { _ throws(FileError) in
            let temporary = try target.makeTemporary()
            try temporary.preallocate(sizeInBytes: object.sizeInBytes)
            return temporary
        }
        let download = MultipartUpload(
            uploadID: UploadID(target.token), partSize: plan.partSize, identity: identity(of: object))
        try await ledger.recordDownload(download, of: file, plan: plan)
        return Opened(object: object, plan: plan, check: check(object, plan, parts), temporary: temporary)
    }

    private func identity(of object: ObjectDescription) -> SourceIdentity {
        .object(ObjectIdentity(size: object.sizeInBytes, etag: object.etag))
    }

    private func check(_ object: ObjectDescription, _ plan: PartPlan, _ parts: StoredParts?) -> RangedCheck {
        RangedCheck(object, plan, tiling: parts, isWanted: runner.spec.checksum != .none)
    }

    /// Of what the object was put together, where its ETag says that it was; nil when the store doesn't tell.
    private func storedParts(of object: ObjectDescription) async throws -> StoredParts? {
        let halves = object.etag.rawValue.split(separator: "-")
        guard halves.count == 2, let count = Int(halves[1]), count > 1 else { return nil }
        do {
            return try await s3.headFirstPart(location, ifMatch: object.etag, acquire: permit)
        } catch {
            // A store may know no part numbers, or compare the ETag of the part. An object that was overwritten shows by
            // its ranges.
            if error.code == .cancelled || error.code == .stopped { throw error }
            return nil
        }
    }

    // MARK: After an earlier run

    /// The earlier run's file, when the object is still the same and the file is there. Its ranges are read again: those
    /// that a power loss took are fetched anew.
    private func reopen(
        _ object: ObjectDescription, _ begun: MultipartUpload, _ recorded: [Part], _ parts: StoredParts?
    ) async throws -> Opened? {
        guard begun.identity == identity(of: object) else { return nil }
        let temporary: TemporaryFile
        do {
            temporary = try await runner.readers.run { _ throws(FileError) in
                let temporary = try target.folder.openTemporary(token: begun.uploadID.rawValue)
                if try temporary.currentSizeInBytes() != object.sizeInBytes {
                    try temporary.preallocate(sizeInBytes: object.sizeInBytes)
                }
                return temporary
            }
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
        let plan = PartPlan(objectSize: object.sizeInBytes, storedPartSize: begun.partSize)
        var opened = Opened(object: object, plan: plan, check: check(object, plan, parts), temporary: temporary)
        do {
            opened.kept = try await intact(recorded, in: opened)
            let lost = recorded.map(\.number).filter { opened.kept[$0] == nil }
            if !lost.isEmpty { try await ledger.forget(lost, of: file) }
            return opened
        } catch {
            temporary.keep()
            throw error
        }
    }

    private func intact(_ recorded: [Part], in opened: Opened) async throws -> [PartNumber: KeptRange] {
        var kept: [PartNumber: KeptRange] = [:]
        for part in recorded {
            guard let checksum = part.checksum, part.number.rawValue <= opened.plan.count,
                part.range == opened.plan.range(of: part.number)
            else { continue }
            let kind = ChecksumKind(checksum.algorithm)
            let digests = try await runner.readers.run { scratch throws(FileError) in
                try opened.temporary.digests(of: part.range, opened.check.kinds.union(ChecksumKinds(kind)), scratch)
            }
            guard digests.base64(kind) == checksum.base64 else { continue }
            kept[part.number] = KeptRange(number: part.number, sizeInBytes: part.range.count, digests: digests)
        }
        return kept
    }

    // MARK: Ranges

    private func finish(_ opened: Opened, _ tally: PartTally) async throws -> FileResult {
        do {
            let digests = RangeDigests(opened.kept.mapValues(\.digests))
            try await fetchMissing(opened, tally, digests)
            try await judge(opened, digests.inOrder(of: opened.plan))
            return try await complete(opened, tally)
        } catch {
            if Failure(endingDownload: error) == nil {
                // Whoever goes on with the file finds it by its name.
                opened.temporary.keep()
            } else {
                try? await runner.readers.runToEnd { _ throws(FileError) in try opened.temporary.abandon() }
            }
            throw error
        }
    }

    private func fetchMissing(_ opened: Opened, _ tally: PartTally, _ digests: RangeDigests) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for index in 0..<opened.plan.count {
                let number = PartNumber(index + 1)
                if tally.has(number) { continue }
                try await ledger.takePlace()
                if Task.isCancelled {
                    ledger.giveBackPlace()
                    throw CancellationError()
                }
                group.addTask {
                    defer { ledger.giveBackPlace() }
                    try await fetch(number, opened, tally, digests)
                }
            }
        }
    }

    private func fetch(
        _ number: PartNumber, _ opened: Opened, _ tally: PartTally, _ digests: RangeDigests
    ) async throws {
        let range = opened.plan.range(of: number)
        let request = RequestInFlight(
            file: file, number: number, range: range, isMultipart: true, isReceived: true)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let arriving = ArrivingDigests(opened.check.kinds)
        let fetched = try await get(request, opened, arriving)
        // A store that knows no If-Match.
        guard fetched.description.etag == opened.object.etag else { throw Trouble.changed }
        acknowledged = range.count
        let found = arriving.digests(of: fetched.description)
        digests.add(found, number)
        tally.note(attempt: request.attempt)
        let checksum = found.base64(opened.check.recorded).map { text in
            Checksum(Checksum.Algorithm(opened.check.recorded), base64: text)
        }
        let share = tally.add(
            CompletedPart(number: number, etag: opened.object.etag, checksum: checksum), bytes: range.count)
        let part = Part(
            file: file.number, number: number, range: range, state: .succeeded, attempt: max(1, request.attempt),
            etag: opened.object.etag, checksum: checksum)
        try await ledger.record(
            part, of: file, countsBytes: share.counts, isNew: true, resentBytes: request.resentBytes + share.resent)
        try await runner.readers.run { _ throws(FileError) in opened.temporary.beginWriting(range) }
    }

    private func get(
        _ request: RequestInFlight, _ opened: Opened, _ arriving: ArrivingDigests
    ) async throws -> FetchedObject {
        let range = request.range
        do {
            return try await s3.getObject(
                location, range: range, ifMatch: opened.object.etag,
                into: .file(
                    descriptor: opened.temporary.descriptor, offset: range.offset, limit: range.count,
                    inspect: { object, bytes in arriving.take(object, bytes) }),
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in
                try await request.admitting {
                    arriving.reset()
                    try await ledger.pace(bytes: range.count)
                    let permit = try await ledger.permit(.startedFile, at: runner.client.name)
                    request.begin()
                    if attempt == 1 { ledger.began(request) }
                    return permit
                }
            }
        } catch {
            if error.code == .preconditionFailed { throw Trouble.changed }
            throw request.reason(error)
        }
    }

    // MARK: The end

    private func judge(_ opened: Opened, _ digests: [Digests]) async throws {
        if let pass = opened.check.pass {
            let whole = try await runner.readers.run { scratch throws(FileError) in
                try opened.temporary.digests(
                    of: ByteRange(offset: 0, count: opened.plan.objectSize), pass.kinds, scratch)
            }
            guard pass.agrees(with: whole) else { throw Trouble.damaged }
        }
        if opened.check.agrees(with: digests) { return }
        // Of other parts than those that were guessed the ranges can say nothing.
        guard let parts = opened.check.guessedParts, try await !areEqual(parts, of: opened.object) else {
            throw Trouble.damaged
        }
    }

    /// Whether the parts of this object, but for the last one, are as large as the first. Asked only when something is
    /// wrong, a request a part; true where the store doesn't tell.
    private func areEqual(_ parts: StoredParts, of object: ObjectDescription) async throws -> Bool {
        do {
            for number in 2..<max(2, parts.count) {
                let part = try await s3.headPart(number, of: location, ifMatch: object.etag, acquire: permit)
                if let part, part.sizeInBytes != parts.firstSizeInBytes { return false }
            }
            return true
        } catch {
            if error.code == .cancelled || error.code == .stopped { throw error }
            return true
        }
    }

    private func complete(_ opened: Opened, _ tally: PartTally) async throws -> FileResult {
        let modified = runner.modificationTime(of: opened.object)
        try await runner.readers.run { _ throws(FileError) in
            if let modified { try opened.temporary.setModified(modified) }
            try opened.temporary.synchronize()
        }
        let size = opened.plan.objectSize
        guard try await runner.publish(opened.temporary, as: target) else {
            var result = FileResult.skipped("exists", size: size)
            result.acknowledgedBytes = tally.counted
            return result
        }
        var result = FileResult(.succeeded, size: size)
        result.attempts = tally.mostAttempts
        result.etag = opened.object.etag
        result.checksum = opened.object.checksum
        // Less than nothing when a smaller object took the place of one that had arrived in part.
        result.countsBytes = size - tally.counted
        result.acknowledgedBytes = size
        result.reusedBytes = opened.keptBytes
        return result
    }
}
