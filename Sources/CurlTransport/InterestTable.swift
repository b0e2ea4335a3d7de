/// What libcurl wants to know of its sockets, and what epoll was told: the rules that keep the two in step with the
/// fewest system calls.
///
/// An idle connection stays watched for reading, because libcurl asks for just that again with its next request: a
/// request on a reused connection then costs no epoll_ctl at all. When such a connection speaks (the store closes it)
/// before it is asked for again, the watching ends.
struct InterestTable {
    /// An order to change what epoll watches; 0 means nothing.
    struct Change: Equatable {
        let descriptor: Int32
        let before: UInt32
        let after: UInt32
    }

    private struct Entry {
        var wanted: UInt32 = 0
        var watched: UInt32 = 0
        /// Opened by libcurl through the loop, so the loop hears of its end. Others (the resolver's) are not kept.
        var isConnection = false
    }

    private let readable: UInt32
    private var entries: [Entry] = []

    /// `readable` is epoll's bit for it.
    init(readable: UInt32) {
        self.readable = readable
    }

    /// A new socket got this number: whatever was known of it belonged to another.
    mutating func opened(_ descriptor: Int32) {
        grow(to: descriptor)
        entries[Int(descriptor)] = Entry(isConnection: true)
    }

    /// The kernel forgets a closed socket by itself.
    mutating func closed(_ descriptor: Int32) {
        grow(to: descriptor)
        entries[Int(descriptor)] = Entry()
    }

    /// libcurl wants these events from now on; 0: none.
    mutating func want(_ events: UInt32, of descriptor: Int32) -> Change? {
        grow(to: descriptor)
        let index = Int(descriptor)
        entries[index].wanted = events
        let keeps = events == 0 && entries[index].isConnection && entries[index].watched != 0
        return watch(keeps ? readable : events, at: index)
    }

    /// Events came: returns what libcurl is to hear of, and what epoll is to be told when nobody wanted them.
    mutating func fired(_ descriptor: Int32) -> (wanted: UInt32, change: Change?) {
        grow(to: descriptor)
        let wanted = entries[Int(descriptor)].wanted
        return (wanted, wanted == 0 ? watch(0, at: Int(descriptor)) : nil)
    }

    private mutating func watch(_ events: UInt32, at index: Int) -> Change? {
        let before = entries[index].watched
        guard before != events else { return nil }
        entries[index].watched = events
        return Change(descriptor: Int32(index), before: before, after: events)
    }

    private mutating func grow(to descriptor: Int32) {
        while entries.count <= Int(descriptor) { entries.append(Entry()) }
    }
}
