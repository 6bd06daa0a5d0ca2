using Triptych.Primitives.Memory;

namespace Triptych.Api.DataSources.Sql;

/// <summary>
/// The memory of what one request has been answered so far, all its queries together: bounded for itself and, with all other requests', in common. Held until
/// the answer is written; dispose it then. One thread at a time.
/// </summary>
internal sealed class SqlAnswerRoom(MemoryBudget common, long mostBytes) : IDisposable
{
    // A value is too small to ask for each by itself.
    private const long Chunk = 64 * 1024;

    private readonly MemoryBudget _own = new("an answer of a database", mostBytes, common);
    private long _taken;
    private long _spare;

    /// <summary>Makes room for bytes.</summary>
    /// <exception cref="SqlAnswerTooLargeException">There is none.</exception>
    public void Take(long bytes)
    {
        _spare -= bytes;
        if (_spare >= 0) return;
        var wanted = Math.Max(-_spare, Math.Min(Chunk, _own.Available));
        if (!_own.TryTake(wanted)) throw new SqlAnswerTooLargeException(isForNow: _own.Available >= wanted, mostBytes);
        _taken += wanted;
        _spare += wanted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Return(_taken);
        (_taken, _spare) = (0, 0);
    }
}

/// <summary>An answer does not fit.</summary>
internal sealed class SqlAnswerTooLargeException(bool isForNow, long mostBytes) : IOException(
    isForNow
        ? "too many answers of data sources are held in memory at the moment: try again"
        : $"the answer takes more than {mostBytes} bytes of memory: ask for fewer rows or columns");
