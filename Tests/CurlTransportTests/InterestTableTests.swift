import Testing

@testable import CurlTransport

struct InterestTableTests {
    private static let (readable, writable): (UInt32, UInt32) = (1, 4)
    private var table = InterestTable(readable: readable)

    @Test mutating func keepsWatchingAnIdleConnection() {
        table.opened(7)
        #expect(table.want(Self.writable, of: 7) == .init(descriptor: 7, before: 0, after: Self.writable))
        #expect(table.want(Self.readable, of: 7) == .init(descriptor: 7, before: Self.writable, after: Self.readable))
        #expect(table.want(0, of: 7) == nil)
        #expect(table.want(Self.readable, of: 7) == nil)
    }

    @Test mutating func stopsAskingToWriteWhenIdle() {
        table.opened(7)
        _ = table.want(Self.readable | Self.writable, of: 7)
        #expect(table.want(0, of: 7)?.after == Self.readable)
    }

    @Test mutating func endsTheWatchingWhenAnIdleConnectionSpeaks() {
        table.opened(7)
        _ = table.want(Self.readable, of: 7)
        _ = table.want(0, of: 7)
        let (wanted, change) = table.fired(7)
        #expect(wanted == 0)
        #expect(change == .init(descriptor: 7, before: Self.readable, after: 0))
        #expect(table.want(Self.readable, of: 7)?.before == 0)
    }

    @Test mutating func forgetsClosedAndReplacedSockets() {
        table.opened(7)
        _ = table.want(Self.readable, of: 7)
        table.closed(7)
        #expect(table.want(Self.readable, of: 7)?.before == 0)
        table.opened(7)
        #expect(table.want(Self.readable, of: 7)?.before == 0)
    }

    @Test mutating func keepsNoDescriptorThatIsNoConnection() {
        _ = table.want(Self.readable, of: 9)
        #expect(table.want(0, of: 9) == .init(descriptor: 9, before: Self.readable, after: 0))
    }
}
