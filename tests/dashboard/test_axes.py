from dashboard.axes import axes_figure


def test_the_axes_are_transparent_and_bare():
    figure = axes_figure()
    drawn = figure.layout
    assert drawn.paper_bgcolor == drawn.plot_bgcolor == "rgba(0,0,0,0)"
    assert (drawn.margin.l, drawn.margin.r, drawn.margin.t, drawn.margin.b) == (0,) * 4
    assert drawn.dragmode == "pan"
    assert drawn.hovermode is False
    for axis in (drawn.xaxis, drawn.yaxis):
        assert not (axis.showgrid or axis.zeroline or axis.showticklabels)
    (trace,) = figure.data
    assert trace.marker.opacity == 0
    assert trace.hoverinfo == "skip"
