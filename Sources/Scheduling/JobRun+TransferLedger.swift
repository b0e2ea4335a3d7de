import Model
import Storage
import Transfers

/// What a file's transfer asks for and reports, for one job.
extension JobRun: TransferLedger {
    var job: String { uniqueName }

    func permit(_ urgency: TransferUrgency, at store: StoreName) async throws -> Permit {
        let urgency: SchedulerState.Urgency =
            switch urgency {
            case .startedFile: .startedFile
            case .newFile(let size): .newFile(size: size)
            }
        while true {
            // What the object store acknowledges while nothing can be recorded would be sent again after a crash.
            while !surroundings.store.isWritable { try await Task.sleep(for: .milliseconds(250)) }
            let permit = try await surroundings.permits.acquire(for: number, urgency: urgency, store: store)
            if surroundings.store.isWritable { return permit }
        }
    }

    func maySpare(at store: StoreName) -> Bool { !surroundings.permits.isBackingOff(store) }

    func pace(bytes: Int64) async throws {
        if pacer.limit == nil, surroundings.pacer.limit == nil { return }
        let lanes = lanes
        try await pacer.reserve(bytes: bytes, lanes: lanes)
        try await surroundings.pacer.reserve(bytes: bytes, lanes: lanes)
    }

    var bytesPerSecond: Int {
        let limits = [pacer.limit, surroundings.pacer.limit].compactMap { $0 }
        return limits.min().map { max(1, Int($0) / lanes) } ?? 0
    }

    func began(_ request: RequestInFlight) { live.began(request) }

    func ended(_ request: RequestInFlight, acknowledgedBytes: Int64) {
        live.ended(request, acknowledgedBytes: acknowledgedBytes)
    }

    func intendUpload(of file: FileTransfer, at location: ObjectLocation) async throws {
        let intention = try await stored {
            try await $0.intend(self.number, file: file.number, store: self.storeName, location: location)
        }
        withIntentions { $0[file.number] = intention }
    }

    func recordUpload(
        _ upload: MultipartUpload, of file: FileTransfer, plan: PartPlan, mayHaveMore: Bool
    ) async throws {
        guard let intention = withIntentions({ $0[file.number] }) else {
            preconditionFailure("an upload id for file \(file.number.rawValue), which intended no upload")
        }
        var counters = JobCounters()
        counters.partsTotal = plan.count
        try await stored { [counters] in
            // The size stays what the job's total holds for the file, until it has ended.
            try await $0.recordUpload(
                intention, upload: upload, size: file.size, counters: counters, mayHaveMore: mayHaveMore)
        }
    }

    func settleParts(of file: FileTransfer) async throws {
        try await stored { try await $0.settle() }
    }

    func recordDownload(_ download: MultipartUpload, of file: FileTransfer, plan: PartPlan) async throws {
        var counters = JobCounters()
        counters.partsTotal = plan.count
        try await stored { [counters] in
            try await $0.recordDownload(download, of: file.number, self.number, size: file.size, counters: counters)
        }
    }

    func forget(_ parts: [PartNumber], of file: FileTransfer) async throws {
        try await stored { try await $0.dropParts(parts, of: file.number, self.number) }
    }

    func closeUpload(of file: FileTransfer) async throws {
        var intention = withIntentions { $0.removeValue(forKey: file.number) }
        if intention == nil {
            // Opened by an earlier run.
            let open = try await stored { try await $0.openIntentions(self.number) }
            intention = open.first { $0.file == file.number && $0.lostTime == nil && $0.uploadID != nil }
        }
        guard let intention else { return }
        try await stored { try await $0.closeIntention(intention) }
    }

    func restart(_ file: FileTransfer) async throws {
        try await stored { try await $0.restartFile(self.number, file: file.number) }
    }

    func recordedParts(of file: FileTransfer) async throws -> [Part] {
        var parts: [Part] = []
        var after: (FileNumber, PartNumber)?
        repeat {
            let page = try await stored { [after] in
                try await $0.parts(self.number, file: file.number, after: after, limit: 1_000)
            }
            parts += page.map(\.part).filter { $0.state == .succeeded }
            after = page.last.map { ($0.part.file, $0.part.number) }
        } while after != nil
        return parts
    }

    func record(
        _ part: Part, of file: FileTransfer, countsBytes: Int64, isNew: Bool, resentBytes: Int64
    ) async throws {
        var counters = JobCounters()
        counters.bytesSucceeded = Int(countsBytes)
        counters.bytesResent = Int(resentBytes)
        if part.state == .succeeded, isNew { counters.partsSucceeded = 1 }
        let outcome = PartOutcome(job: number, part: part, counters: counters)
        try await stored { try await $0.record(outcome) }
        surroundings.figures.note(kind, acknowledgedBytes: countsBytes, resentBytes: resentBytes)
    }
}
