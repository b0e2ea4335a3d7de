import Glibc
import Model

/// Prints what the scheduler's rules and the job table cost at a size that no test has: ../README.md has the conclusions.
///
///     ScaleBenchmark rules [SEED]         10,000 jobs compete: the cost of a decision, fairness over time, waits
///     ScaleBenchmark table [JOBS]         a million ended jobs in the table: its size, and what each request costs
@main
struct ScaleBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let number = arguments.dropFirst().first.flatMap { UInt64($0) }
        switch arguments.first {
        case "rules":
            costs()
            fairness(seed: number ?? 1)
        case "table":
            try await JobTable.measure(jobs: Int(number ?? 1_000_000))
        default:
            print("usage: ScaleBenchmark rules [SEED] | table [JOBS]")
            exit(2)
        }
    }

    // MARK: Decisions

    private static func costs() {
        say("Nanoseconds a permit: given back, asked for, granted\n")
        say("Tenants: as the first, and (scarce) as the second, but with up to 1,000 tenants.")
        say("Paced: all stores have asked to slow down, so that their rates bind.\n")
        say(row("jobs", "10 a job", "1 for 10 jobs", "tenants", "scarce", "1 paced", "100 paced", "1,000 paced"))
        for jobs in [10, 100, 1_000, 10_000] {
            var ample = DecisionCost(jobs: jobs, permits: 10 * jobs)
            var scarce = DecisionCost(jobs: jobs, permits: jobs / 10)
            let tenants = min(jobs, 1_000)
            var shared = DecisionCost(jobs: jobs, permits: 10 * jobs, tenants: tenants)
            var crowded = DecisionCost(jobs: jobs, permits: jobs / 10, tenants: tenants)
            var paced = DecisionCost(jobs: jobs, permits: 10 * jobs, isPaced: true)
            var several = DecisionCost(jobs: jobs, permits: 10 * jobs, stores: min(jobs, 100), isPaced: true)
            var many = DecisionCost(jobs: jobs, permits: 10 * jobs, stores: min(jobs, 1_000), isPaced: true)
            say(
                row(
                    "\(jobs)", text(ample.measure(turns: 200_000)), text(scarce.measure(turns: 200_000)),
                    text(shared.measure(turns: 200_000)), text(crowded.measure(turns: 200_000)),
                    text(paced.measure(turns: 5_000)), text(several.measure(turns: 2_000)),
                    text(many.measure(turns: 2_000))))
        }
    }

    // MARK: Fairness

    private struct Case {
        var name: String
        var permits: Int
        var jobs = 10_000
        /// With weights from 1 to 4; of more than one the tenants' shares are told, not the jobs'.
        var tenants = 1
        var cap: (Int) -> Int = { _ in 64 }
        var length: (Int) -> Int = { _ in 50 }
    }

    private static func fairness(seed: UInt64) {
        let mixed = [1, 4, 16, 64]
        let cases = [
            Case(name: "1 permit, 9 jobs, 10 ms", permits: 1, jobs: 9, length: { _ in 10 }),
            Case(name: "64 permits, 1,000 jobs, 50 ms", permits: 64, jobs: 1_000),
            Case(name: "1,000 permits, 10,000 jobs, 50 ms", permits: 1_000),
            Case(name: "20,000 permits, 10,000 jobs, 100 ms", permits: 20_000, length: { _ in 100 }),
            Case(name: "100,000 permits, 10,000 jobs, 200 ms", permits: 100_000, length: { _ in 200 }),
            Case(name: "  caps of 1, 4, 16 and 64", permits: 100_000, cap: { mixed[$0 / 9 % 4] }, length: { _ in 200 }),
            Case(
                name: "  every second job 10 times as slow", permits: 100_000,
                length: { $0 / 9 % 2 == 0 ? 100 : 1_000 }),
            Case(name: "100 tenants, 64 permits, 1,000 jobs", permits: 64, jobs: 1_000, tenants: 100),
            Case(name: "1,000 tenants, 1,000 permits", permits: 1_000, tenants: 1_000),
            Case(
                name: "1,000 tenants, 100,000 permits, 200 ms", permits: 100_000, tenants: 1_000,
                length: { _ in 200 }),
        ]
        say("\nJobs of weights 1 to 9, tenants of 1 to 4 (seed \(seed)).")
        say("Requests of half to one and a half times their length.")
        say("Shares of permits times time, against the fair one; the longest wait against a fair one.\n")
        let heads = ["least 1 s", "most 1 s", "Jain 1 s", "least 10 s", "most 10 s", "Jain 10 s", "longest", "fair"]
        say(row([""] + heads, wide: 40))
        for one in cases { compete(one, seed: seed) }
    }

    private static func compete(_ one: Case, seed: UInt64) {
        let entrants = (0..<one.jobs).map { index in
            Contest.Entrant(
                weight: 1 + index % 9, cap: one.cap(index), length: one.length(index), tenant: index % one.tenants)
        }
        let tenants = (0..<one.tenants).map { 1 + $0 % 4 }
        let ideal = Shares.maxMin(entrants, tenants: tenants, permits: one.permits)
        func counted<Value: AdditiveArithmetic>(_ values: [Value]) -> [Value] {
            guard one.tenants > 1 else { return values }
            var sums = Array(repeating: Value.zero, count: one.tenants)
            for (value, entrant) in zip(values, entrants) { sums[entrant.tenant] += value }
            return sums
        }
        var contest = Contest(permits: one.permits, tenants: tenants, entrants: entrants, seed: seed)
        contest.run(milliseconds: 1_000)
        var cells: [String] = []
        var longest = 0
        for seconds in [1, 10] {
            contest.beginWindow()
            contest.run(milliseconds: 1_000 * seconds)
            let shares = Shares(got: counted(contest.held), ideal: counted(ideal))
            cells += [percent(-shares.worst), percent(shares.best), text(shares.jain, digits: 4)]
            longest = contest.longestWait.max() ?? 0
        }
        let fair = zip(entrants, ideal).map { Double($0.length) / $1 }.max() ?? 0
        say(row([one.name] + cells + ["\(longest) ms", text(fair) + " ms"], wide: 40))
    }

    // MARK: Printing

    /// Seen at once, into a file as well: some of this takes minutes.
    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func row(_ cells: String..., wide: Int = 8) -> String { row(cells, wide: wide) }

    private static func row(_ cells: [String], wide: Int) -> String {
        var line = cells[0] + String(repeating: " ", count: max(0, wide - cells[0].count))
        for cell in cells.dropFirst() { line += String(repeating: " ", count: max(1, 14 - cell.count)) + cell }
        return line
    }

    private static func text(_ value: Double, digits: Int = 0) -> String {
        let scale = pow(10, Double(digits))
        let rounded = (value * scale).rounded() / scale
        return digits == 0 ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func percent(_ share: Double) -> String {
        (share < 0 ? "" : "+") + text(100 * share, digits: 1) + " %"
    }
}
