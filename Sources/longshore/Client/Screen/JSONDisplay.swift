/// For programs: each event as a line of JSON on standard output, as the contract's NDJSON has it.
actor JSONDisplay: JobDisplay {
    private var isLost = false

    func show(_ event: RemoteEvent) {
        isLost = false
        Terminal.write(event.line + [UInt8(ascii: "\n")])
    }

    func lost(_ error: ClientError) {
        if !isLost { Terminal.complain(error.message + " Trying again.") }
        isLost = true
    }

    func tick() {}

    func say(_ line: String) { Terminal.complain(line) }

    func finish(_ summary: JobSummary?) {}
}
