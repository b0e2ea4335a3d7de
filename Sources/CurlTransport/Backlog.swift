/// Exchanges that wait for a free handle, in order of arrival. Those that ended meanwhile stay until their turn.
struct Backlog {
    private var queue: [PendingExchange] = []
    private var head = 0

    var waiting: ArraySlice<PendingExchange> { queue[head...] }

    mutating func append(_ pending: PendingExchange) {
        queue.append(pending)
    }

    mutating func popFirst() -> PendingExchange? {
        guard head < queue.count else { return nil }
        defer {
            head += 1
            if head > 64 && head * 2 > queue.count {
                queue.removeFirst(head)
                head = 0
            }
        }
        return queue[head]
    }
}
