import API

/// For a terminal: a bar, and the parts in flight below it, drawn anew at most ten times a second.
actor BarDisplay: JobDisplay {
    private let paint: Paint
    private let showsParts: Bool
    private var region = LiveRegion()
    private var job: RemoteJob?
    private var parts = PartsView()
    private var isConnected = true
    private var needsDrawing = false
    private var size = (columns: 0, rows: 0)

    init(showsParts: Bool, paint: Paint) {
        self.showsParts = showsParts
        self.paint = paint
    }

    func show(_ event: RemoteEvent) {
        if let job = event.job { self.job = job }
        if let progress = event.progress { job?.take(progress) }
        if let parts = event.parts { self.parts.show(parts) }
        isConnected = true
        needsDrawing = true
    }

    func lost(_ error: ClientError) {
        isConnected = false
        needsDrawing = true
    }

    func tick() {
        let now = Terminal.size
        if needsDrawing || now != size { draw(now) }
    }

    func say(_ line: String) {
        Terminal.write(region.cleared(width: Terminal.size.columns))
        Terminal.complain(line)
        needsDrawing = true
    }

    func finish(_ summary: JobSummary?) {
        Terminal.write(region.cleared(width: Terminal.size.columns))
        if let summary { Terminal.write(summary.text(paint)) }
    }

    private func draw(_ now: (columns: Int, rows: Int)) {
        guard let job else { return }
        size = now
        needsDrawing = false
        // A line that fills the last column would make some terminals begin another one.
        let width = max(1, now.columns - 1)
        let bar = ProgressBar(job: job, isConnected: isConnected)
        var lines = [bar.line(width: width, paint: paint)]
        let below = showsParts ? parts.lines(width: width, rows: now.rows - 2) : []
        lines += below
        let columns =
            [TextColumns.count(bar.line(width: width, paint: Paint(isOn: false)))] + below.map(TextColumns.count)
        Terminal.write(region.frame(lines, columns: columns, width: now.columns))
    }
}
