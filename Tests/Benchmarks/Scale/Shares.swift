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

    /// Max-min fair shares of `permits` slots by weight, none above its cap: the level is raised until all are given out.
    static func maxMin(_ entrants: [Contest.Entrant], permits: Int) -> [Double] {
        var (low, high) = (0.0, Double(permits))
        for _ in 0..<200 {
            let level = (low + high) / 2
            let given = entrants.reduce(0) { $0 + min(Double($1.cap), Double($1.weight) * level) }
            if given > Double(permits) { high = level } else { low = level }
        }
        return entrants.map { min(Double($0.cap), Double($0.weight) * low) }
    }
}
