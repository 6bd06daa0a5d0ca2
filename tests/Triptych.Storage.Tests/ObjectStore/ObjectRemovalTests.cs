using Triptych.Storage.Catalog;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.S3;
using Triptych.Testing;

namespace Triptych.Storage.Tests.ObjectStore;

/// <summary>What is done with objects that came to nothing, over a bucket in memory.</summary>
public sealed class ObjectRemovalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly MemoryBucket _bucket = new(TimeProvider.System);
    private readonly ManualClock _clock = new();
    private readonly S3ObjectStore _store;
    private readonly List<Exception> _failures = [];

    public ObjectRemovalTests() => _store = TestS3.Open(_bucket);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task One_that_cannot_be_removed_is_told_and_stays_alone()
    {
        foreach (var key in new[] { "a", "b", "c" }) await _store.PutAsync(key, new byte[1], Stop);
        _bucket.FaultBefore = static call => call is ("delete", "b") ? new ObjectStoreException(ObjectStoreFault.Denied, "no") : null;
        (await RemoveAsync(Stop, "a", "b", "c")).ShouldBe(["b"]);
        _failures.Single().Message.ShouldBe("no");
        (await _store.GetLengthAsync("a", Stop)).ShouldBeNull();
        (await _store.GetLengthAsync("c", Stop)).ShouldBeNull();
    }

    [Fact]
    public async Task Whoever_gave_up_waits_a_moment_for_a_bucket_that_does_not_answer()
    {
        using var work = new CancellationTokenSource();
        _bucket.Delay = static (_, token) => Task.Delay(Timeout.Infinite, token);
        var removal = RemoveAsync(work.Token, "a", "b");
        _clock.Advance(TimeSpan.FromHours(1));
        removal.IsCompleted.ShouldBeFalse("the work goes on, and so may the removal");
        await work.CancelAsync();
        _clock.Advance(ObjectRemoval.Patience);
        (await removal.WaitAsync(Patience, Stop)).ShouldBe(["a", "b"]);
        _failures.ShouldBeEmpty();

        // And when it had given up before.
        removal = RemoveAsync(work.Token, "a", "b");
        _clock.Advance(ObjectRemoval.Patience);
        (await removal.WaitAsync(Patience, Stop)).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task What_can_be_removed_is_removed_also_when_the_work_was_cancelled()
    {
        await _store.PutAsync("a", new byte[1], Stop);
        (await RemoveAsync(new CancellationToken(canceled: true), "a")).ShouldBeEmpty();
        (await _store.GetLengthAsync("a", Stop)).ShouldBeNull();
    }

    [Theory]
    [InlineData("begin")]
    [InlineData("part")]
    public async Task A_cancelled_upload_ends_although_the_bucket_does_not_answer(string operation)
    {
        using var work = new CancellationTokenSource();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isStuck = false;
        _bucket.Delay = (call, token) =>
        {
            if (call.Operation == operation)
            {
                isStuck = true;
                reached.TrySetResult();
            }

            return isStuck ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        };
        var upload = _store.PutAsync("a", static (stream, token) => stream.WriteAsync(new byte[3 * TestS3.Options.PartSizeBytes], token), work.Token).AsTask();
        await reached.Task.WaitAsync(Patience, Stop);
        await work.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(upload.WaitAsync(Patience, Stop));
    }

    [Fact]
    public async Task Orphans_and_files_of_removed_blocks_go_many_at_a_time()
    {
        var metastore = new MemoryMetastore();
        await metastore.CommitAsync(new() { Retire = new(Model.Signal.Logs, 1, 1) }, Stop);
        for (var i = 0; i < 250; i++)
        {
            await UnlistedObjects.NoteAsync(metastore, Guid.NewGuid(), $"blocks/1/logs/2026-03-01/{i}.parquet", Stop);
            await _store.PutAsync($"blocks/1/logs/2026-03-01/{i}.parquet", new byte[1], Stop);
        }

        var events = new RecordingEvents();
        await using var catalog = await BlockCatalog.OpenAsync(metastore, _store, new CatalogOptions(), _clock, events, Stop);
        events.Lines.ShouldBe(["unfinished_objects_removed 250"]);
        _bucket.Calls.Count(static c => c.Operation == "delete").ShouldBe(1);

        List<BlockMeta> blocks = [.. Enumerable.Range(0, 250).Select(static i => new BlockMeta
        {
            Id = Guid.NewGuid(), Tenant = Model.TenantId.Default, Signal = Model.Signal.Logs, MinTime = 0, MaxTime = 1, Rows = 1, SizeBytes = 1,
            ObjectKey = $"blocks/{i}",
        })];
        await catalog.CommitAsync(new() { Add = blocks }, onPublish: null, Stop);
        await catalog.CommitAsync(new() { Remove = [.. blocks.Select(static b => b.Id)] }, onPublish: null, Stop);
        _clock.Advance(TimeSpan.FromMinutes(6));
        await catalog.SweepAsync(Stop);
        while (catalog.LeavingCount > 0) await Task.Delay(10, Stop);

        // The clock's own sweeps run beside this one, each may name some of the same objects, and a batch ends where its listing does.
        _bucket.Calls.Count(static c => c.Operation == "delete").ShouldBeLessThan(250 / 5, "one call for each object would be 250");
    }

    private Task<IReadOnlyList<string>> RemoveAsync(CancellationToken work, params string[] keys) =>
        ObjectRemoval.RemoveAsync(_store, keys, _clock, _failures.Add, work).AsTask();
}
