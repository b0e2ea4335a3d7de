package import Model
package import Scheduling
import Storage

/// A job's files as a list: the stored rows, and over them what moves just now.
package struct FileListing {
    let scheduler: Scheduler
    let job: JobNumber

    /// By number, behind `after`; `next` is set when more may follow.
    func page(state: FileState?, after: FileNumber?, limit: Int) async throws -> (
        files: [FileTransfer], next: FileNumber?
    ) {
        let moving = Self.attempts(in: scheduler.liveParts(of: job))
        switch state {
        case .inFlight:
            let numbers = moving.keys.filter { number in after.map { number > $0 } ?? true }.sorted()
            let wanted = Array(numbers.prefix(limit))
            let rows = try await scheduler.store.files(job, numbers: wanted).sorted { $0.number < $1.number }
            let files = rows.map { Self.overlaid($0, moving) }.filter { $0.state == .inFlight }
            return (files, numbers.count > limit ? wanted.last : nil)
        case .pending: return try await pending(after: after, limit: limit, moving: moving)
        default:
            let rows = try await scheduler.store.files(
                job, states: state.map { [$0] }, after: after, limit: limit + 1)
            let files = rows.prefix(limit).map { Self.overlaid($0, moving) }
            return (files, rows.count > limit ? files.last?.number : nil)
        }
    }

    /// What moves is stored as pending too and left out here, so it may take more rows to fill a page. As many as move
    /// at most, so this ends soon.
    private func pending(after: FileNumber?, limit: Int, moving: [FileNumber: Int]) async throws -> (
        files: [FileTransfer], next: FileNumber?
    ) {
        var files: [FileTransfer] = []
        var position = after
        while true {
            let rows = try await scheduler.store.files(job, states: [.pending], after: position, limit: limit + 1)
            files += rows.filter { moving[$0.number] == nil }
            if files.count > limit { return (Array(files.prefix(limit)), files[limit - 1].number) }
            guard rows.count > limit, let last = rows.last else { return (files, nil) }
            position = last.number
        }
    }

    /// The files in flight, each with the attempt that it is at.
    package static func attempts(in parts: [LivePart]) -> [FileNumber: Int] {
        var attempts: [FileNumber: Int] = [:]
        for part in parts { attempts[part.file] = max(attempts[part.file] ?? 0, part.attempt) }
        return attempts
    }

    /// A file that is stored as ended has ended, whatever memory still says.
    package static func overlaid(_ file: FileTransfer, _ moving: [FileNumber: Int]) -> FileTransfer {
        guard file.state == .pending, let attempt = moving[file.number] else { return file }
        var file = file
        file.state = .inFlight
        file.attempts = max(file.attempts, attempt)
        return file
    }
}
