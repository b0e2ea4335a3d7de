/// What the command line asks of a terminal.
#pragma once

#include <sys/ioctl.h>

struct clinux_window {
    int columns, rows;
};

/// TIOCGWINSZ of ioctl_tty(2), variadic; zeros where `descriptor` is no terminal or has no size.
static inline struct clinux_window clinux_window_of(int descriptor) {
    struct winsize size;
    struct clinux_window window = {0, 0};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
        window.columns = size.ws_col;
        window.rows = size.ws_row;
    }
    return window;
}
