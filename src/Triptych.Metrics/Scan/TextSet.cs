using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Scan;

/// <summary>The distinct texts that a look-up finds, charged to its budget until this is disposed. One thread at a time.</summary>
internal sealed class TextSet(MemoryBudget? budget) : IDisposable
{
    private const int EntryBytes = 16;
    private const int StringBytes = 32;

    private readonly HashSet<int> _numbers = [];
    private readonly ScanCharge _charge = new(budget);

    /// <summary>What the texts are numbers of.</summary>
    public SymbolTable Symbols { get; } = new();

    /// <summary>Adds a text by its number.</summary>
    public void Add(int symbol) => _numbers.Add(symbol);

    /// <summary>Charges what is held now.</summary>
    /// <exception cref="MemoryBudgetExceededException">The budget refuses.</exception>
    public void Charge() => _charge.Set(SizeBytes);

    /// <summary>The texts, sorted by their bytes.</summary>
    /// <exception cref="MemoryBudgetExceededException">The budget refuses.</exception>
    public IReadOnlyList<string> ToSortedList()
    {
        var sorted = _numbers.ToArray();
        var textBytes = 0L;
        foreach (var number in sorted) textBytes += StringBytes + (Symbols.GetUtf8(number).Length * 2L);
        _charge.Set(SizeBytes + textBytes);
        Array.Sort(sorted, (a, b) => Symbols.GetUtf8(a).SequenceCompareTo(Symbols.GetUtf8(b)));
        return Array.ConvertAll(sorted, Symbols.GetString);
    }

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    private long SizeBytes => Symbols.SizeBytes + (_numbers.Count * EntryBytes);
}
