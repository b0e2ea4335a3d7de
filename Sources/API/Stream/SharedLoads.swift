import Synchronization

/// Loads each thing once for all who want it at about the same time: a thousand readers of one job cost one read and
/// one encoding. Entries are few and short-lived.
///
/// A lock and not an actor: nearly every call finds what it wants, and then must not cost a hop.
package final class SharedLoads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value?
        var loaded: ContinuousClock.Instant
        var isLoading = false
        var waiters: [CheckedContinuation<Value?, Never>] = []
    }

    private enum Found {
        case value(Value)
        /// Somebody loads it.
        case soon
        /// It is for the caller to load.
        case nothing
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let bound: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter bound: entries kept; beyond it the old ones go, and if none is old, nothing more is kept.
    package init(bound: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.bound = bound
        self.now = now
    }

    /// What was loaded for `key` at most `age` ago, or what `load` now makes. Who comes while it runs waits for it.
    package func value(
        for key: Key, age: Duration, load: @concurrent @Sendable () async throws -> Value
    ) async throws -> Value {
        search: while true {
            switch look(for: key, age) {
            case .value(let value): return value
            case .nothing: break search
            // Nil: it failed, perhaps only because the one who loaded was cancelled. Then it's this one's turn.
            case .soon: if let value = await wait(for: key) { return value }
            }
        }
        do {
            let began = now()
            let value = try await load()
            finish(key, value, began)
            return value
        } catch {
            finish(key, nil, now())
            throw error
        }
    }

    private func look(for key: Key, _ age: Duration) -> Found {
        entries.withLock { entries in
            if let entry = entries[key] {
                if entry.isLoading { return .soon }
                if let value = entry.value, entry.loaded.duration(to: now()) < age { return .value(value) }
            }
            makeRoom(in: &entries, age)
            entries[key, default: Entry(loaded: now())].isLoading = true
            return .nothing
        }
    }

    private func wait(for key: Key) async -> Value? {
        await withCheckedContinuation { continuation in
            let isOver = entries.withLock { entries in
                guard entries[key]?.isLoading == true else { return true }
                entries[key]?.waiters.append(continuation)
                return false
            }
            if isOver { continuation.resume(returning: nil) }
        }
    }

    private func finish(_ key: Key, _ value: Value?, _ began: ContinuousClock.Instant) {
        let waiters = entries.withLock { entries in
            guard let entry = entries[key] else { preconditionFailure("an entry vanished while it was loaded") }
            entries[key] = value.map { Entry(value: $0, loaded: began) }
            return entry.waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    private func makeRoom(in entries: inout [Key: Entry], _ age: Duration) {
        guard entries.count >= bound else { return }
        let moment = now()
        entries = entries.filter { $0.value.isLoading || $0.value.loaded.duration(to: moment) < age }
        guard entries.count >= bound else { return }
        entries = entries.filter { $0.value.isLoading }
    }
}
