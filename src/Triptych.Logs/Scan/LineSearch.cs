using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>
/// Evaluates conditions on lines piece by piece, each about a page, so that a line is looked at while it is in the processor's cache, and on
/// all cores where there are several pieces. Of lines that do not satisfy them nothing is kept.
/// </summary>
internal static class LineSearch
{
    private const int PieceRows = 1024;

    /// <summary>Whether a predicate asks for nothing but the line.</summary>
    public static bool IsForLines(RowPredicate predicate) => predicate switch
    {
        RowPredicate.And and => and.Parts.Count > 0 && and.Parts.All(IsForLines),
        RowPredicate.Or or => or.Parts.Count > 0 && or.Parts.All(IsForLines),
        RowPredicate.Not not => IsForLines(not.Part),
        RowPredicate.Contains contains => contains.Column == LogColumns.Line,
        RowPredicate.Matches matches => matches.Column == LogColumns.Line,
        RowPredicate.Compare compare => compare.Column == LogColumns.Line,
        _ => false,
    };

    /// <summary>Says of each of the picked rows whether its line satisfies the predicate.</summary>
    public static async ValueTask RunAsync(
        SliceRows rows, int[] picked, RowPredicate predicate, bool[] isKept, ScanCharge charge, CancellationToken cancellationToken)
    {
        var pieces = (picked.Length + PieceRows - 1) / PieceRows;
        var workers = Math.Min(Environment.ProcessorCount, pieces);
        var needles = new List<ReadOnlyMemory<byte>>();
        AddNeedles(predicate, needles);
        var next = -1;
        var held = 0L;
        try
        {
            if (workers <= 1) await WorkAsync();
            else await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, cancellationToken)));
        }
        finally
        {
            charge.Add(-held);
        }

        async Task WorkAsync()
        {
            var evaluator = new PredicateEvaluator(new SymbolTable());
            var lines = new BytesColumn(charge.Budget);
            var charged = 0L;
            try
            {
                for (int piece; (piece = Interlocked.Increment(ref next)) < pieces;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var start = piece * PieceRows;
                    var count = Math.Min(PieceRows, picked.Length - start);
                    var open = OpenAmong(picked.AsMemory(start, count), isKept.AsSpan(start, count));
                    if (open.Length == 0) continue;
                    lines.Clear();
                    await rows.ReadLinesAsync(open, lines, cancellationToken);
                    lock (charge)
                    {
                        charge.Add(lines.SizeBytes - charged);
                        held += lines.SizeBytes - charged;
                        charged = lines.SizeBytes;
                    }

                    Evaluate(evaluator, predicate, lines, isKept.AsSpan(start, count));
                }
            }
            finally
            {
                lines.Release();
            }
        }

        // The rows of a piece that are still open: fewer than all where lines can be looked at before they are read.
        ReadOnlyMemory<int> OpenAmong(ReadOnlyMemory<int> piece, Span<bool> kept)
        {
            kept.Fill(true);
            if (needles.Count == 0 || !rows.TryRuleOut(piece.Span, needles, kept)) return piece;
            var open = new int[kept.Count(true)];
            for (int i = 0, filled = 0; i < kept.Length; i++)
            {
                if (kept[i]) open[filled++] = piece.Span[i];
            }

            return open;
        }
    }

    /// <summary>Decides about the rows that are still kept; <paramref name="lines"/> are theirs.</summary>
    private static void Evaluate(PredicateEvaluator evaluator, RowPredicate predicate, BytesColumn lines, Span<bool> isKept)
    {
        var verdicts = new bool[lines.Count];
        verdicts.AsSpan().Fill(true);
        evaluator.Apply(predicate, _ => lines, verdicts);
        for (int i = 0, decided = 0; i < isKept.Length; i++)
        {
            if (isKept[i]) isKept[i] = verdicts[decided++];
        }
    }

    /// <summary>What each line holds that satisfies a predicate, as far as the predicate says so plainly.</summary>
    private static void AddNeedles(RowPredicate predicate, List<ReadOnlyMemory<byte>> needles)
    {
        switch (predicate)
        {
            case RowPredicate.And and:
                foreach (var part in and.Parts) AddNeedles(part, needles);
                break;
            case RowPredicate.Contains { Needle.IsEmpty: false } contains:
                needles.Add(contains.Needle);
                break;
            case RowPredicate.Matches matches:
                needles.AddRange(matches.RequiredLiterals.Where(static l => !l.IsEmpty));
                break;
        }
    }
}
