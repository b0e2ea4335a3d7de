/// How a job that is followed is shown.
protocol JobDisplay: Actor {
    func show(_ event: RemoteEvent)

    /// The service can't be heard for the moment.
    func lost(_ error: ClientError)

    /// Called ten times a second.
    func tick()

    /// A line for the person, above what is drawn.
    func say(_ line: String)

    /// The last word: nothing is drawn after it. Nil when the job was not followed to its end.
    func finish(_ summary: JobSummary?)
}
