extension DashboardAsset {
    /// `GET /`.
    static let page = DashboardAsset(.html, PackageResources.index_html)

    /// `GET /assets/{name}`: what the page loads. A file of `Resources` that has no row here is not served.
    static let named: [String: DashboardAsset] = [
        "dashboard.css": DashboardAsset(.css, PackageResources.dashboard_css),
        "icon.svg": DashboardAsset(.svg, PackageResources.icon_svg),
        "dashboard.js": script(PackageResources.dashboard_js),
        "dialogs.js": script(PackageResources.dialogs_js),
        "elements.js": script(PackageResources.elements_js),
        "errors-panel.js": script(PackageResources.errors_panel_js),
        "event-stream.js": script(PackageResources.event_stream_js),
        "files-panel.js": script(PackageResources.files_panel_js),
        "format.js": script(PackageResources.format_js),
        "frames.js": script(PackageResources.frames_js),
        "job-row.js": script(PackageResources.job_row_js),
        "job-states.js": script(PackageResources.job_states_js),
        "job-view.js": script(PackageResources.job_view_js),
        "jobs-view.js": script(PackageResources.jobs_view_js),
        "limits.js": script(PackageResources.limits_js),
        "map-canvas.js": script(PackageResources.map_canvas_js),
        "map-panel.js": script(PackageResources.map_panel_js),
        "number-slider.js": script(PackageResources.number_slider_js),
        "pager.js": script(PackageResources.pager_js),
        "progress-bar.js": script(PackageResources.progress_bar_js),
        "rate-plot.js": script(PackageResources.rate_plot_js),
        "service.js": script(PackageResources.service_js),
        "transfer-map.js": script(PackageResources.transfer_map_js),
    ]

    private static func script(_ bytes: [UInt8]) -> DashboardAsset { DashboardAsset(.javaScript, bytes) }
}
