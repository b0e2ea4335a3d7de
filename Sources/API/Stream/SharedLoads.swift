/// Loads each thing once for all who want it at about the same time: a thousand readers of one job cost one read and
/// one encoding. Entries are few and short-lived.
package actor SharedLoads<Key: Hashable & Sendable, Value: Sendable> {
    private struct Entry {
        var value: Value?
        var loaded: ContinuousClock.Instant
        var isLoading = false
        var waiters: [CheckedContinuation<Value?, Never>] = []
    }

    private var entries: [Key: Entry] = [:]
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
        while entries[key]?.isLoading == true {
            let value = await withCheckedContinuation { continuation in
                entries[key]?.waiters.append(continuation)
            }
            // Nil: it failed, perhaps only because the one who loaded was cancelled. Then it's this one's turn.
            if let value { return value }
        }
        if let entry = entries[key], let value = entry.value, entry.loaded.duration(to: now()) < age { return value }
        makeRoom(age)
        entries[key, default: Entry(loaded: now())].isLoading = true
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

    private func finish(_ key: Key, _ value: Value?, _ began: ContinuousClock.Instant) {
        guard let entry = entries[key] else { preconditionFailure("an entry vanished while it was loaded") }
        entries[key] = value.map { Entry(value: $0, loaded: began) }
        for waiter in entry.waiters { waiter.resume(returning: value) }
    }

    private func makeRoom(_ age: Duration) {
        guard entries.count >= bound else { return }
        let moment = now()
        entries = entries.filter { $0.value.isLoading || $0.value.loaded.duration(to: moment) < age }
        guard entries.count >= bound else { return }
        entries = entries.filter { $0.value.isLoading }
    }
}
