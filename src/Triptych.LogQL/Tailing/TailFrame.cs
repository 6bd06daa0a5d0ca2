using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;

namespace Triptych.LogQL.Tailing;

/// <summary>Some lines of a tail, oldest first, and what it had no room for before them.</summary>
/// <param name="Lines">The lines; empty where there is only something dropped to tell of.</param>
/// <param name="Symbols">The symbols of their labels, valid until the next frame is asked for.</param>
/// <param name="DroppedCount">How many records of the selected streams were dropped since the frame before.</param>
/// <param name="Dropped">The first of them.</param>
public sealed record TailFrame(IReadOnlyList<LogLine> Lines, SymbolTable Symbols, long DroppedCount, IReadOnlyList<DroppedRecord> Dropped);
