import HeapModule
package import Model

/// What a store's request to slow down changes. While none has made one, this costs a look at an empty table.
extension SchedulerState {
    /// Whether any store is paced: then `advance` is called before each other call, and whoever waits for `nextStart`
    /// calls `resume`.
    package var isPacing: Bool { !paced.isEmpty }

    /// - Parameter time: of a clock that only grows.
    package mutating func advance(to time: Duration) {
        now = max(now, time.inSeconds)
        guard now >= reviewsAt else { return }
        reviewsAt = now + 0.01
        for (name, store) in paced where store.rate.isOver(now: now) {
            paced[name] = nil
            for job in store.blocked { offer(job) }
        }
    }

    /// The store asked all to slow down, by refusing a request.
    ///
    /// - Parameters:
    ///   - round: what `round` was when its permit was granted.
    ///   - after: for how long nothing may begin, where the store said so.
    package mutating func throttled(_ store: StoreName, round: UInt64, after: Duration?) -> [WaiterID] {
        if paced[store] == nil { paced[store] = PacedStore(rate: StoreRate(round: nextRound(), now: now)) }
        if paced[store]?.rate.refusal(of: round, after: after?.inSeconds, now: now) == true { endRound(store) }
        return grants()
    }

    /// When the next request that waits for its store's rate may begin; nil when none does.
    package var nextStart: Duration? {
        mutating get {
            while let first = starts.min {
                guard let store = paced[first.store], store.hasBlocked else {
                    paced[first.store]?.isAwaited = false
                    starts.removeMin()
                    continue
                }
                let time = store.rate.startTime
                if time <= first.time { return .seconds(time) }
                starts.replaceMin(with: PacedStore.Start(time: time, store: first.store))
            }
            return nil
        }
    }

    /// It may be time for whoever waits for a store's rate.
    package mutating func resume() -> [WaiterID] { grants() }

    func mayStart(_ store: StoreName) -> Bool { paced.isEmpty || paced[store]?.rate.mayStart(now: now) ?? true }

    /// A request to the store has ended.
    mutating func noteReply(of store: StoreName, round: UInt64) {
        if paced[store]?.rate.reply(of: round, now: now) == true { endRound(store) }
    }

    private mutating func endRound(_ store: StoreName) {
        let next = nextRound()
        paced[store]?.rate.endRound(next: next, now: now)
    }

    private mutating func nextRound() -> UInt64 {
        round += 1
        return round
    }

    // MARK: Turns

    /// Who takes the slot that this candidate came up for: itself, or, where its store is paced, the job whose turn it is
    /// there. Nil when nobody may begin there now, or when the candidate is stale.
    mutating func turn(for candidate: FairLine<JobNumber>.Candidate) -> JobNumber? {
        guard let entry = jobs[candidate.member], entry.standing.version == candidate.version,
            let store = entry.next?.store
        else { return nil }
        guard paced[store] != nil else { return candidate.member }
        paced[store]?.block(candidate.member, of: entry.tenant)
        expect(store)
        return mayStart(store) ? takeTurn(at: store) : nil
    }

    /// Puts those whose turn it is among the candidates, one for each store at which a request may begin.
    mutating func offerBlocked() {
        var ready: [StoreName] = []
        while let first = starts.min, first.time <= now {
            starts.removeMin()
            paced[first.store]?.isAwaited = false
            ready.append(first.store)
        }
        for store in ready {
            if mayStart(store), let job = takeTurn(at: store) { offer(job) }
            expect(store)
        }
    }

    /// Sees to it that the store comes up once something may begin there.
    private mutating func expect(_ name: StoreName) {
        guard let store = paced[name], !store.isAwaited, store.hasBlocked else { return }
        paced[name]?.isAwaited = true
        starts.insert(PacedStore.Start(time: store.rate.startTime, store: name))
    }

    /// The job that goes next at the store; it is among the blocked no more.
    private mutating func takeTurn(at name: StoreName) -> JobNumber? {
        // Out of the table meanwhile, so that its line is changed in place.
        guard var store = paced.removeValue(forKey: name) else { return nil }
        defer { paced[name] = store }
        while let job = store.unblockFirst() {
            // It may have been held, or served, or have nothing more for this store.
            guard let entry = jobs[job], entry.mayHaveMore, entry.next?.store == name else { continue }
            if tenants[entry.tenant].hasRoom { return job }
            // Among its tenant's candidates, until that may have more.
            offer(job)
        }
        return nil
    }
}
