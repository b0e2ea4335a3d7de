import HeapModule
import Model
import Support

@testable import Scheduling

/// A store that refuses, jobs that always want more from it, and the rules between them, in simulated time.
///
/// Everything happens at its moment in one queue of events: replies come after the latency, refused requests come back after
/// a back-off of at most 2 s, and whoever waits for the store's rate is woken when the rules say so.
struct PacedWorld {
    enum Refuses: Sendable {
        /// What exceeds so many a second; one second's worth may come at once.
        case above(Double)
        /// This share of all, by chance, until the given second.
        case share(Double, until: Double)
        case everything(until: Double)
        case nothing
    }

    private enum Event {
        case reply(JobNumber, isRefused: Bool, tries: Int, round: UInt64)
        case retry(JobNumber, tries: Int)
    }

    private struct Scheduled: Comparable {
        var time: Double
        var order: Int
        var event: Event

        static func < (left: Self, right: Self) -> Bool { (left.time, left.order) < (right.time, right.order) }
        static func == (left: Self, right: Self) -> Bool { left.order == right.order }
    }

    private struct Waiting {
        var job: JobNumber
        var tries: Int
    }

    private(set) var rules: SchedulerState
    private var dice: SeededGenerator
    private let refuses: Refuses
    private let latency: Double
    /// What the store asks for with each refusal, in seconds.
    private let retryAfter: Double?
    private var events: Heap<Scheduled> = []
    /// What the pool's timer would be set to.
    private var wakesAt: Double?
    private var order = 0
    private var owners: [SchedulerState.WaiterID: Waiting] = [:]
    private var nextID: SchedulerState.WaiterID = 0
    private var nextPass = 0.0
    private(set) var now = 0.0
    private(set) var sent = 0
    private(set) var sentAt: [Double] = []
    /// For each job.
    private(set) var accepted: [JobNumber: Int] = [:]
    /// For each second.
    private(set) var acceptedIn: [Int] = []
    private var left: [JobNumber: Int]

    init(
        cap: Int, jobs: [JobNumber: (weight: Int, files: Int)], refuses: Refuses, latency: Double, seed: UInt64,
        retryAfter: Double? = nil
    ) {
        rules = SchedulerState(cap: cap)
        dice = SeededGenerator(seed: seed)
        self.refuses = refuses
        self.latency = latency
        self.retryAfter = retryAfter
        left = jobs.mapValues(\.files)
        for (job, plan) in jobs.sorted(by: { $0.key < $1.key }) {
            rules.addJob(job, cap: 64, weight: plan.weight)
        }
        for job in jobs.keys.sorted() { for _ in 0..<64 { askForNext(job) } }
    }

    var acceptedInAll: Int { accepted.values.reduce(0, +) }
    var isDone: Bool {
        acceptedInAll > 0 && left.values.allSatisfy { $0 == 0 } && owners.isEmpty && events.isEmpty
    }

    /// Until everything is moved, or so many seconds have passed. Lets other tests have the thread now and then.
    mutating func run(until end: Double) async {
        var steps = 0
        while true {
            steps += 1
            if steps % 100 == 0 { await Task.yield() }
            let next = events.min?.time
            if let wakesAt, wakesAt <= min(end, next ?? end) {
                now = wakesAt
                self.wakesAt = nil
                rules.advance(to: .seconds(now))
                grant(rules.resume())
            } else if let next, next <= end {
                let scheduled = events.removeMin()
                now = scheduled.time
                rules.advance(to: .seconds(now))
                perform(scheduled.event)
            } else {
                break
            }
            if let start = rules.nextStart {
                wakesAt = min(wakesAt ?? .infinity, max(start.inSeconds, now + 0.001))
            }
        }
        if !events.isEmpty { now = end }
    }

    private mutating func perform(_ event: Event) {
        switch event {
        case .retry(let job, let tries): ask(job, tries: tries)
        case .reply(let job, let isRefused, let tries, let round):
            // As in the service: the permit is back before the refusal is understood.
            grant(rules.release(.default, of: job, round: round))
            if isRefused {
                grant(rules.throttled(.default, round: round, after: retryAfter.map { .seconds($0) }))
                let backOff = min(2, 0.1 * Double(1 << min(tries, 10))) * Double.random(in: 0...1, using: &dice)
                add(.retry(job, tries: tries + 1), at: now + max(retryAfter ?? 0, backOff))
            } else {
                accepted[job, default: 0] += 1
                while acceptedIn.count <= Int(now) { acceptedIn.append(0) }
                acceptedIn[Int(now)] += 1
                askForNext(job)
            }
        }
    }

    private mutating func askForNext(_ job: JobNumber) {
        guard let files = left[job], files > 0 else { return }
        left[job] = files - 1
        ask(job, tries: 0)
    }

    private mutating func ask(_ job: JobNumber, tries: Int) {
        if rules.takeIfIdle(job, store: .default) { return send(Waiting(job: job, tries: tries)) }
        nextID += 1
        owners[nextID] = Waiting(job: job, tries: tries)
        grant(
            rules.request(
                .init(id: nextID, urgency: tries > 0 ? .startedFile : .newFile(size: 1), store: .default), for: job))
    }

    private mutating func grant(_ ids: [SchedulerState.WaiterID]) {
        for id in ids { if let waiting = owners.removeValue(forKey: id) { send(waiting) } }
    }

    private mutating func send(_ waiting: Waiting) {
        sent += 1
        sentAt.append(now)
        let takes = latency * Double.random(in: 0.7...1.3, using: &dice)
        add(
            .reply(waiting.job, isRefused: isRefused(), tries: waiting.tries, round: rules.round), at: now + takes)
    }

    private mutating func isRefused() -> Bool {
        switch refuses {
        case .nothing: return false
        case .everything(let end): return now < end
        case .share(let share, let end): return now < end && Double.random(in: 0..<1, using: &dice) < share
        case .above(let rate):
            let start = max(nextPass, now - 1)
            if start + 1 / rate > now { return true }
            nextPass = start + 1 / rate
            return false
        }
    }

    private mutating func add(_ event: Event, at time: Double) {
        order += 1
        events.insert(Scheduled(time: time, order: order, event: event))
    }
}
