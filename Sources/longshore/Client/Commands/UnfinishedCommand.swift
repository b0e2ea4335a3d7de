import Checksums
import Foundation
import Model

/// The job of a command that is run in a state directory of its own, so that the same command goes on with it.
///
/// The job's id is on the disk before the job is: whichever of the two a crash leaves behind, the next run gives that
/// id again, and the same id with the same spec is the same job.
struct UnfinishedCommand {
    private let file: URL

    init(spec: [UInt8], directory: String) {
        var hasher = Checksums.SHA256()
        hasher.update(spec)
        let name = hasher.finalize().prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        file = URL(filePath: directory).appending(path: "command-\(name)")
    }

    /// Of the job that has not ended yet, or of one to be created.
    func id(_ client: APIClient) async throws -> JobID {
        if let text = try? String(contentsOf: file, encoding: .utf8), let id = JobID(text), await goesOn(id, client) {
            return id
        }
        var generator = SystemRandomNumberGenerator()
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let id = JobID(createdAt: now, using: &generator)
        try Data(id.rawValue.utf8).write(to: file, options: .atomic)
        return id
    }

    /// Also true for a job that was never created.
    private func goesOn(_ id: JobID, _ client: APIClient) async -> Bool {
        do {
            return try await !client.job(id).job.isDone
        } catch {
            return error.code == "JOB_NOT_FOUND"
        }
    }
}
