import ArgumentParser

/// How a job is shown while it is followed.
struct FollowOptions: ParsableArguments {
    @Flag(help: "Show a percentage for each part in flight.")
    var parts = false

    @Flag(help: "Print each event as a line of JSON.")
    var json = false

    @Flag(help: "Cancel the job when this is interrupted; else it goes on.")
    var cancelOnInterrupt = false

    /// The contract's `types`.
    var types: [String] {
        if json { return parts ? ["job.*", "file.*", "part.*"] : ["job.*", "file.*"] }
        return parts ? ["job.*", "part.progress"] : ["job.*"]
    }

    var display: any JobDisplay {
        if json { return JSONDisplay() }
        if Terminal.isDrawable { return BarDisplay(showsParts: parts, paint: Terminal.paint) }
        return LineDisplay(showsParts: parts)
    }
}
