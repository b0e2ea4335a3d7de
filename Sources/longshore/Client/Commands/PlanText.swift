import API

/// What a job would do, for people. Pure.
struct PlanText {
    let plan: JSONValue

    /// A line for each of the first files, then the sum.
    var text: String {
        func number(_ name: String) -> Int64 { plan[name]?.integer ?? 0 }
        var lines: [String] = []
        for entry in plan["entries"]?.elements ?? [] {
            let size = TextColumns.right(TextFormat.bytes(entry["size"]?.integer ?? 0), width: 10)
            lines.append("\(size)  \(TextFormat.name(entry["key"]?.text ?? ""))")
        }
        let more = number("files") - Int64(lines.count)
        if more > 0 { lines.append("and \(TextFormat.count(Int(more))) more") }
        let sum = "\(TextFormat.count(Int(number("files")))) files, \(TextFormat.bytes(number("bytes")))"
        lines.append("Would be moved: \(sum), by \(TextFormat.count(Int(number("requests")))) requests")
        if number("skipped") > 0 { lines.append("Would be skipped: \(TextFormat.count(Int(number("skipped"))))") }
        if plan["scan_complete"]?.flag == false { lines.append("There is more: the time for the scan was over.") }
        return lines.joined(separator: "\n") + "\n"
    }
}
