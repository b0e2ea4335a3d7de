import Files
package import Model
import Transfers

extension Scheduler {
    /// What the job would do, by the scan that it would make. Stops after the settings' time; nothing is kept.
    package nonisolated func plan(_ spec: JobSpec, of tenant: TenantName) async throws(SchedulerError) -> TransferPlan {
        let source = try await openSource(of: spec, tenant, createsDestination: false)
        let clock = ContinuousClock()
        let deadline = clock.now + configuration.planFor
        var scan = source.scan()
        var plan = TransferPlan()
        let errand = table.errand()
        permits.addJob(errand, of: tenant, cap: spec.concurrency, weight: spec.priority)
        defer { permits.removeJob(errand) }
        do {
            while let batch = try await scan.next(
                maximum: 1_000, on: surroundings.readers,
                acquire: { _ in
                    try await self.permits.acquire(for: errand, urgency: .startedFile, store: spec.objectStore)
                })
            {
                for file in batch { plan.add(file, of: spec) }
                if clock.now >= deadline { return plan }
            }
            plan.scanComplete = true
            return plan
        } catch {
            let reason = (error as? Failure).map { "\($0.code.rawValue): \($0.message)" } ?? String(describing: error)
            throw SchedulerError(.sourceNotFound, "the source can't be read: \(reason)")
        }
    }
}

extension TransferPlan {
    mutating func add(_ file: ScannedFile, of spec: JobSpec) {
        switch file.state {
        case .skipped: skipped += 1
        case .failed: failed += 1
        case .pending, .inFlight, .succeeded:
            files += 1
            bytes += file.size
            let needed =
                file.isDirectoryMarker && spec.kind == .download ? 0 : Self.requests(size: file.size, spec: spec)
            requests += needed
            guard entries.count < 100,
                let key = try? spec.objectKey(forPath: file.path, isDirectoryMarker: file.isDirectoryMarker)
            else { return }
            entries.append(Entry(path: file.path, key: key, size: file.size, requests: needed))
        }
    }

    /// One PutObject, or create, parts and complete; and a look at the object where `overwrite` asks for one. Of a
    /// download one GetObject, or a look at the object and its ranges; whether anything stands here is not asked.
    private static func requests(size: Int64, spec: JobSpec) -> Int {
        let look = spec.overwrite == .always || spec.kind == .download ? 0 : 1
        if spec.kind == .copy { return look + FileRunner.requestsOfCopy(sizeInBytes: size, spec: spec) }
        guard size >= spec.multipartThreshold,
            let parts = PartPlan(objectSize: size, preferredPartSize: spec.partSize)
        else { return look + 1 }
        return look + parts.count + (spec.kind == .download ? 1 : 2)
    }
}
