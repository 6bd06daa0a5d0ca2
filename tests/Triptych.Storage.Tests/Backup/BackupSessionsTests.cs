using Triptych.Storage.Backup;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Backup;

public sealed class BackupSessionsTests
{
    [Fact]
    public async Task A_session_that_nobody_asks_about_lets_go_of_its_files()
    {
        await using var store = await BackupFixture.CreateAsync(1);
        await using var sessions = new BackupSessions(store.Clock);
        var source = await store.PinAsync();
        var key = source.Content.Blocks[0].ObjectKey;
        var id = sessions.TryAdd(source)!.Value;
        await store.Catalog.CommitAsync(new MetastoreChange { Remove = [source.Content.Blocks[0].Id] }, onPublish: null, CancellationToken.None);

        // In use for long, it stays.
        var use = sessions.TryUse(id, key).ShouldNotBeNull();
        store.Clock.Advance(BackupSessions.IdleTime * 3);
        (await store.Catalog.SweepAsync(CancellationToken.None)).ShouldBe(0);
        use.Dispose();
        store.Clock.Advance(BackupSessions.IdleTime / 2);
        sessions.Count.ShouldBe(1);

        store.Clock.Advance(BackupSessions.IdleTime);
        sessions.Count.ShouldBe(0);
        sessions.TryUse(id, key).ShouldBeNull();
        (await store.Catalog.SweepAsync(CancellationToken.None) + store.Catalog.LeavingCount).ShouldBeLessThanOrEqualTo(1);
        (await store.Objects.GetLengthAsync(key, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Only_a_few_are_open_at_one_time_and_only_their_own_objects_are_given_out()
    {
        await using var store = await BackupFixture.CreateAsync(1);
        await using var sessions = new BackupSessions(store.Clock);
        var ids = new List<Guid>();
        for (var i = 0; i < BackupSessions.MaxOpen; i++)
            ids.Add(sessions.TryAdd(await store.PinAsync()).ShouldNotBeNull());
        await using var refused = await store.PinAsync();
        sessions.TryAdd(refused).ShouldBeNull();
        var later = (await store.AddBlocksAsync(1))[0];
        sessions.TryUse(ids[0], later.ObjectKey).ShouldBeNull();
        sessions.TryUse(Guid.NewGuid(), refused.Content.Blocks[0].ObjectKey).ShouldBeNull();
        (await sessions.CloseAsync(ids[0])).ShouldBeTrue();
        (await sessions.CloseAsync(ids[0])).ShouldBeFalse();
        sessions.TryAdd(await store.PinAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_object_that_is_cut_or_changed_on_its_way_is_noticed()
    {
        await using var store = await BackupFixture.CreateAsync(1);
        await using var source = await store.PinAsync();
        var block = source.Content.Blocks[0];
        using var sent = new MemoryStream();
        await ObjectTransfer.SendAsync(source, block, sent, CancellationToken.None);
        var bytes = sent.ToArray();
        bytes.LongLength.ShouldBe(ObjectTransfer.LengthOf(block));
        using var received = new MemoryStream();
        await ObjectTransfer.ReceiveAsync(new MemoryStream(bytes), block, received, CancellationToken.None);
        received.ToArray().ShouldBe(await store.ReadAsync(store.Objects, block.ObjectKey));
        await Should.ThrowAsync<EndOfStreamException>(async () =>
            await ObjectTransfer.ReceiveAsync(new MemoryStream(bytes[..^1]), block, Stream.Null, CancellationToken.None));
        bytes[0] ^= 1;
        (await Should.ThrowAsync<BackupException>(async () =>
            await ObjectTransfer.ReceiveAsync(new MemoryStream(bytes), block, Stream.Null, CancellationToken.None))).Message.ShouldContain(block.ObjectKey);
    }
}
