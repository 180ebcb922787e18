/* Boxes in three dimensions: a Plotly figure of edges, and faces for the chosen few.

   Without a GPU every line counts, so only the tasks with most members are drawn. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const CUBOIDS = 400;
  task2box.CUBOIDS = CUBOIDS;
  const FEW = 16; // boxes with a name and faces
  // Corners as bits (x, y, z): a walk along all twelve edges, and twelve triangles.
  const WALK = [0, 1, 3, 2, 0, 4, 5, 7, 6, 4, null, 1, 5, null, 3, 7, null, 2, 6, null];
  const FACES = {
    i: [0, 0, 4, 4, 0, 0, 2, 2, 0, 0, 1, 1],
    j: [1, 3, 5, 7, 1, 5, 3, 7, 2, 6, 3, 7],
    k: [3, 2, 7, 6, 5, 4, 7, 6, 6, 4, 7, 5],
  };

  function corner(columns, row, bits) {
    return [0, 1, 2].map((axis) => {
      const side = bits & (1 << axis) ? columns.upper : columns.lower;
      return side[3 * row + axis];
    });
  }

  // plotly 7 shows a button that uploads the figure unless told not to.
  task2box.CUBOID_CONFIG = {
    displayModeBar: false,
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    scrollZoom: true,
  };

  /* The tasks that are drawn: those that are shown, with most members first, and as far
     as there is room the others inside the focus that are not hidden. */
  function visible(atlas, shown, inside) {
    const rows = [];
    const take = (wanted) => {
      for (const row of atlas.byMembers) {
        if (rows.length === CUBOIDS) return;
        if (wanted(row)) rows.push(row);
      }
    };
    take((row) => shown[row] === task2box.SHOWN);
    take((row) => inside[row] && shown[row] && shown[row] !== task2box.SHOWN);
    return rows;
  }

  /* The selected ones among all that are not hidden, as many as are drawn. */
  function selectedCuboids(atlas, { selection, shown }) {
    if (!selection) return [];
    const { SHOWN, DIM } = task2box;
    const there = (row) => shown[row] === SHOWN || shown[row] === DIM;
    return atlas.byMembers.filter((row) => selection.flags[row] && there(row)).subarray(0, CUBOIDS);
  }

  function edges(atlas, rows, { shown, colors, look }) {
    const trace = { x: [], y: [], z: [], customdata: [], color: [] };
    for (const row of rows) {
      for (const bits of WALK) {
        const none = [null, null, null];
        const [x, y, z] = bits === null ? none : corner(atlas.boxes[3], row, bits);
        trace.x.push(x);
        trace.y.push(y);
        trace.z.push(z);
        // What only frames others is no box to hover.
        trace.customdata.push(shown[row] === task2box.FRAME ? null : row);
        trace.color.push(shown[row] === task2box.SHOWN ? colors[row] : look.ghost);
      }
    }
    const { color, ...columns } = trace;
    const line = { color, width: 2.5 };
    const { edges: opacity } = look;
    return { ...columns, type: "scatter3d", mode: "lines", line, opacity, hoverinfo: "none" };
  }

  /* Edges of the selected tasks once more, in ink, also of those that are not drawn. */
  function outlines(atlas, scene) {
    const trace = edges(atlas, selectedCuboids(atlas, scene), scene);
    return { ...trace, name: "selection", opacity: 1, line: { color: scene.look.ink, width: 4 } };
  }

  /* Names of a few boxes, at their upper corners. */
  function names(atlas, rows, look) {
    const corners = rows.map((row) => corner(atlas.boxes[3], row, 7));
    return {
      type: "scatter3d",
      mode: "text",
      x: corners.map((point) => point[0]),
      y: corners.map((point) => point[1]),
      z: corners.map((point) => point[2]),
      // Plotly reads some markup in texts: a name is never markup.
      text: rows.map((row) => task2box.escapeXml(task2box.short(atlas.labels[row]))),
      textfont: { color: look.ink, size: 12, family: task2box.FONT },
      hoverinfo: "skip",
    };
  }

  /* The faces of one box; none for row -1. */
  function faces(atlas, row, name, color, opacity) {
    const corners = row < 0 ? [] : [0, 1, 2, 3, 4, 5, 6, 7].map((b) => corner(atlas.boxes[3], row, b));
    const column = (axis) => corners.map((point) => point[axis]);
    return {
      type: "mesh3d",
      name,
      x: column(0),
      y: column(1),
      z: column(2),
      ...FACES,
      color,
      opacity,
      hoverinfo: "skip",
      flatshading: true,
      lighting: { ambient: 1, diffuse: 0, specular: 0 },
    };
  }

  /* Traces: edges, names and faces of a few tasks, faces of hover and selection. */
  task2box.cuboidTraces = function (atlas, scene) {
    const { shown, colors, look, focus, selected, hovered } = scene;
    const rows = visible(atlas, shown, atlas.inside(focus));
    const told = (focus < 0 ? rows : atlas.children[focus]).filter((row) => shown[row] === task2box.SHOWN);
    const few = told.slice(0, FEW);
    const groups = focus < 0 || !look.group ? [] : few;
    const opacity = Math.min(1, 0.12 * look.strength);
    return [
      edges(atlas, rows, scene),
      outlines(atlas, scene),
      names(atlas, look.names ? few : [], look),
      faces(atlas, hovered, "hovered", look.accent, 0.15),
      faces(atlas, selected, "selected", look.accent, 0.2),
      ...(task2box.placedTraces?.(scene) || []),
      // Last: Plotly takes away what there is no longer, but leaves what became empty.
      ...groups.map((row) => faces(atlas, row, "child", colors[row], opacity)),
    ];
  };

  task2box.cuboidLayout = function (look) {
    const axis = {
      showgrid: true,
      gridcolor: look.grid,
      zeroline: false,
      showticklabels: false,
      title: { text: "" },
      showbackground: false,
      showspikes: false,
    };
    return {
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      uirevision: "camera",
      scene: {
        xaxis: axis,
        yaxis: axis,
        zaxis: axis,
        aspectmode: "cube",
        camera: { eye: { x: 1.45, y: 1.45, z: 0.9 }, center: { x: 0, y: 0, z: -0.08 } },
        hovermode: "closest",
      },
    };
  };

  /* Show another hovered or selected box without sending the edges again. */
  task2box.markCuboid = function (graph, atlas, name, row) {
    const index = graph.data.findIndex((trace) => trace.name === name);
    if (index < 0) return;
    const { x, y, z } = faces(atlas, row, name, "", 0);
    window.Plotly.restyle(graph, { x: [x], y: [y], z: [z] }, [index]);
  };
})(window.task2box);
