import API

/// How far a job is, on one line. Pure.
///
///      43.0 % [========>           ]   1.2 GiB of 2.8 GiB   118.3 MiB/s  12 s left  400 of 1,000 files
struct ProgressBar {
    /// What a bar takes at least and at most, its brackets included.
    private static let widths = 12...52

    let job: RemoteJob
    var isConnected = true

    /// A line of at most `width` columns: the less room, the fewer facts; the least is the percentage.
    ///
    /// - Parameter paint: colours take no columns.
    func line(width: Int, paint: Paint) -> String {
        guard let fraction else {
            return TextColumns.prefix((["scanning"] + facts(trouble: trouble)).joined(separator: "  "), fitting: width)
        }
        let percent = TextColumns.right(Self.percent(fraction), width: 7)
        let least = percent.count + 1 + Self.widths.lowerBound
        guard width >= least else { return TextColumns.prefix(percent, fitting: width) }
        var shown: [String] = []
        var left = width - least
        for fact in facts(trouble: trouble) {
            guard TextColumns.count(fact) + 2 <= left else { break }
            shown.append(fact)
            left -= TextColumns.count(fact) + 2
        }
        let size = min(Self.widths.lowerBound + left, Self.widths.upperBound)
        let tail = shown.map { "  " + (isTrouble($0) ? paint(.red, $0) : $0) }.joined()
        return percent + " " + bar(fraction, width: size, paint) + tail
    }

    /// The same for a log: the state and all facts, no bar.
    var sentence: String {
        let percent = fraction.map { Self.percent($0) }
        let facts = facts(trouble: isConnected && job.state != "running" ? position : trouble)
        return ([job.stateText, percent].compactMap { $0 } + facts).map { String($0.trimmingPrefix { $0 == " " }) }
            .joined(separator: ", ")
    }

    /// The contract's fraction, and what is on its way, which the store has not acknowledged yet.
    ///
    ///     0.3, 90 MB in flight of 3 GB and 1,000 files -> 0.33; never 1 before the end
    private var fraction: Double? {
        let progress = job.progress
        guard let fraction = progress.fraction, fraction < 1 else { return progress.fraction }
        let whole = Double(progress.bytesTotal) + Double(progress.filesTotal)
        return min(0.999, fraction + (whole > 0 ? Double(progress.bytesInFlight) / whole : 0))
    }

    private func bar(_ fraction: Double, width: Int, _ paint: Paint) -> String {
        let room = width - 2
        let filled = min(room, max(0, Int(fraction * Double(room))))
        let full = String(repeating: "=", count: filled)
        let head = filled < room && filled > 0 ? full.dropLast() + ">" : full[...]
        let colour: Paint.Colour = trouble == nil ? .green : .yellow
        return "[" + paint(colour, String(head)) + String(repeating: " ", count: room - filled) + "]"
    }

    /// In the order in which they are given up from the end; of about the same width in every frame, so that nothing
    /// jumps.
    private func facts(trouble: String?) -> [String] {
        let progress = job.progress
        var facts: [String] = []
        if let trouble { facts.append(trouble) }
        if progress.filesFailed > 0 { facts.append("\(TextFormat.count(progress.filesFailed)) failed") }
        if trouble == nil, job.state == "running" {
            facts.append(TextColumns.right(TextFormat.bytes(progress.bytesPerSecond) + "/s", width: 12))
            let left = progress.secondsLeft.map { TextFormat.duration(seconds: $0) + " left" } ?? ""
            if !left.isEmpty { facts.append(TextColumns.right(left, width: 16)) }
        }
        let total = TextFormat.bytes(progress.bytesTotal)
        let moved = TextFormat.bytes(min(progress.bytesTotal, progress.bytesSucceeded + progress.bytesInFlight))
        facts.append("\(TextColumns.right(moved, width: max(10, moved.count))) of \(total)")
        let files = TextFormat.count(progress.filesTotal)
        let done = TextFormat.count(progress.filesSucceeded + progress.filesSkipped)
        facts.append("\(TextColumns.right(done, width: max(done.count, files.count))) of \(files) files")
        return facts
    }

    private func isTrouble(_ fact: String) -> Bool { fact.hasSuffix(" failed") }

    /// Why it does not go on, or nothing.
    private var trouble: String? {
        if !isConnected { return "no connection, trying again" }
        if job.state != "running" { return [job.stateText, position].compactMap { $0 }.joined(separator: ", ") }
        // What moves all the same is no trouble: others have their turns, too.
        return switch job.progress.bytesPerSecond > 0 ? nil : job.waitingFor {
        case nil: nil
        case "store_backoff": "waiting for the store"
        case "state_disk": "waiting for the service's disk"
        case "permit": "waiting for its turn"
        case let other?: "waiting for \(TextFormat.name(other))"
        }
    }

    private var position: String? {
        job.queuePosition > 0 ? "behind \(TextFormat.count(job.queuePosition)) jobs" : nil
    }

    private static func percent(_ fraction: Double) -> String {
        TextFormat.percent(millionths: Int(min(1, max(0, fraction)) * 1_000_000))
    }
}
