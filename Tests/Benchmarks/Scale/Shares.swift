/// How far what each got lies from what it should have got.
struct Shares {
    /// What each got, in units of its fair share.
    let ratios: [Double]

    /// - Parameter ideal: of each; what they got is compared in its proportions.
    init(got: [Int], ideal: [Double]) {
        let scale = Double(got.reduce(0, +)) / ideal.reduce(0, +)
        ratios = zip(got, ideal).map { Double($0) / ($1 * scale) }
    }

    /// The largest shortfall, as a share of what it should have got.
    var worst: Double { 1 - (ratios.min() ?? 1) }
    var best: Double { (ratios.max() ?? 1) - 1 }

    /// Jain, Chiu and Hawe, "A Quantitative Measure of Fairness", 1984: 1 when all are equal, 1/n when one has all.
    var jain: Double {
        let sum = ratios.reduce(0, +)
        let squares = ratios.reduce(0) { $0 + $1 * $1 }
        return sum * sum / (Double(ratios.count) * squares)
    }

    /// Max-min fair shares of `permits` slots: between tenants by weight, and so between each one's jobs.
    static func maxMin(_ entrants: [Contest.Entrant], tenants: [Int], permits: Int) -> [Double] {
        let members = Dictionary(grouping: entrants.indices) { entrants[$0].tenant }
        let wanted = tenants.indices.map { tenant in
            Double((members[tenant] ?? []).reduce(0) { $0 + entrants[$1].cap })
        }
        var shares = Array(repeating: 0.0, count: entrants.count)
        for (tenant, permits) in maxMin(weights: tenants, caps: wanted, permits: Double(permits)).enumerated() {
            let own = members[tenant] ?? []
            let given = maxMin(
                weights: own.map { entrants[$0].weight }, caps: own.map { Double(entrants[$0].cap) }, permits: permits)
            for (index, share) in zip(own, given) { shares[index] = share }
        }
        return shares
    }

    /// None above its cap: the level is raised until all is given out.
    private static func maxMin(weights: [Int], caps: [Double], permits: Double) -> [Double] {
        var (low, high) = (0.0, permits)
        for _ in 0..<200 {
            let level = (low + high) / 2
            let given = zip(weights, caps).reduce(0) { $0 + min($1.1, Double($1.0) * level) }
            if given > permits { high = level } else { low = level }
        }
        return zip(weights, caps).map { min($1, Double($0) * low) }
    }
}
