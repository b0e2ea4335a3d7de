import Model
import Scheduling

/// The calls of a service without tenants.
extension Scheduler {
    private static var everybody: Reach { .everyone(own: .default) }

    nonisolated func submit(_ spec: JobSpec) async throws -> Submitted { try await submit(spec, of: .default) }
    nonisolated func plan(_ spec: JobSpec) async throws -> TransferPlan { try await plan(spec, of: .default) }
    nonisolated func status(_ id: JobID) async throws -> JobStatus { try await status(id, for: Self.everybody) }
    func cancel(_ id: JobID) async throws -> JobStatus { try await cancel(id, for: Self.everybody) }
    func pause(_ id: JobID) async throws -> JobStatus { try await pause(id, for: Self.everybody) }
    func resume(_ id: JobID) async throws -> JobStatus { try await resume(id, for: Self.everybody) }
    func retry(_ id: JobID) async throws -> JobStatus { try await retry(id, for: Self.everybody) }
    func delete(_ id: JobID) async throws { try await delete(id, for: Self.everybody) }

    func patch(_ id: JobID, _ patch: JobPatch) async throws -> JobStatus {
        try await self.patch(id, patch, for: Self.everybody)
    }
}
