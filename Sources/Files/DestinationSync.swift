internal import Synchronization

/// Brings what was written below a destination to the disk, for many files at once: those that ask while one syncfs(2)
/// runs share the next one. So a thousand small files cost some dozens of them, not two fsync(2) each.
///
///     asks:   a  b c  d     e
///     syncfs: [a    ][b c d  ][e   ]
///
/// Who asks first leads a round; at its end the first of those that came meanwhile leads theirs. A cancel does not end a
/// wait, which takes two rounds at most.
package final class DestinationSync: Sendable {
    private typealias Waiter = CheckedContinuation<Turn, Never>

    private enum Turn {
        case lead([Waiter])
        case done(Result<Void, FileError>)
    }

    private struct State {
        var isRunning = false
        var waiters: [Waiter] = []
    }

    private let folder: DestinationFolder
    private let readers: ReaderPool
    private let state = Mutex(State())

    package init(_ folder: DestinationFolder, readers: ReaderPool) {
        self.folder = folder
        self.readers = readers
    }

    /// Everything that was written or renamed below the destination before the call survives a power loss afterwards.
    ///
    /// - Throws: what the disk said, or `.stopped`.
    package func synchronize() async throws(FileError) {
        let turn = await withCheckedContinuation { waiter in
            let leads = state.withLock { state in
                if state.isRunning {
                    state.waiters.append(waiter)
                    return false
                }
                state.isRunning = true
                return true
            }
            if leads { waiter.resume(returning: .lead([])) }
        }
        switch turn {
        case .done(let result): try result.get()
        case .lead(let others):
            let result = await round()
            for other in others { other.resume(returning: .done(result)) }
            try result.get()
        }
    }

    private func round() async -> Result<Void, FileError> {
        var result = Result<Void, FileError>.success(())
        do {
            try await readers.runToEnd { [folder] _ throws(FileError) in try folder.synchronizeFileSystem() }
        } catch {
            result = .failure(error)
        }
        let next = state.withLock { state in
            defer { state.waiters = [] }
            state.isRunning = !state.waiters.isEmpty
            return state.waiters
        }
        next.first?.resume(returning: .lead(Array(next.dropFirst())))
        return result
    }
}
