using System.Collections.Frozen;
using Triptych.Api.DataSources.Sql;
using Triptych.Primitives.Memory;

namespace Triptych.Api.DataSources;

/// <summary>All data sources that are configured, by uid, each with its connections. Any thread may call.</summary>
public sealed class DataSourceSet : IAsyncDisposable
{
    // So many of the largest answers may be held at once; what is more is asked to come again.
    private const int AnswersAtOnce = 4;

    private readonly MemoryBudget _answers;
    private readonly FrozenDictionary<string, DataSource> _byUid;
    private readonly FrozenDictionary<string, DataSourceClient> _clients;
    private readonly FrozenDictionary<string, PostgresReader> _readers;

    /// <summary>Takes them as they are; nothing is connected to yet.</summary>
    /// <param name="sources">Each with a uid of its own.</param>
    /// <param name="limits">What asking may take.</param>
    /// <param name="time">The clock.</param>
    public DataSourceSet(IEnumerable<DataSource> sources, DataSourceLimits limits, TimeProvider time)
    {
        Limits = limits;
        All = [.. sources];
        _byUid = All.ToFrozenDictionary(static one => one.Uid, StringComparer.Ordinal);
        _answers = new MemoryBudget("answers of data sources", AnswersAtOnce * limits.MaxAnswerBytes);
        _clients = All.Where(static one => one.Url is not null)
            .ToFrozenDictionary(static one => one.Uid, one => new DataSourceClient(one, limits, _answers, time), StringComparer.Ordinal);
        _readers = All.Where(static one => one.Postgres is not null)
            .ToFrozenDictionary(static one => one.Uid, one => new PostgresReader(one, limits, time), StringComparer.Ordinal);
    }

    /// <summary>All, in the order in which they were named.</summary>
    public IReadOnlyList<DataSource> All { get; }

    /// <summary>What asking may take.</summary>
    public DataSourceLimits Limits { get; }

    /// <summary>The one of a uid; null where there is none.</summary>
    public DataSource? Find(string uid) => _byUid.GetValueOrDefault(uid);

    internal DataSourceClient ClientOf(DataSource source) => _clients[source.Uid];

    internal SqlAnswerRoom NewAnswerRoom() => new(_answers, Limits.MaxAnswerBytes);

    internal PostgresReader ReaderOf(DataSource source) => _readers[source.Uid];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values) client.Dispose();
        foreach (var reader in _readers.Values) await reader.DisposeAsync();
    }
}
