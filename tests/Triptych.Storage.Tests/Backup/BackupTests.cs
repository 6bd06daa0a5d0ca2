using System.Text;
using Triptych.Storage.Backup;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Backup;

public sealed class BackupTests
{
    private const string Root = "/backup";
    private readonly FaultyDisk _disk = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task What_was_backed_up_can_be_restored_elsewhere()
    {
        await using var store = await BackupFixture.CreateAsync(9);
        using var target = new LocalObjectStore(_disk, Root);
        var result = await store.BackupAsync(target);
        result.CopiedObjects.ShouldBe(9);
        result.CopiedBytes.ShouldBe(result.Manifest.TotalBytes);

        var restored = new MemoryMetastore();
        using var objects = new LocalObjectStore(new FaultyDisk(), "/elsewhere");
        var restorer = new BackupRestorer(new BackupRepository(target), objects, restored);
        (await restorer.RunAsync(result.Name, replace: false, BackupFixture.Silent, None)).ShouldBe(9);
        await ShouldBeRestoredAsync(store, objects, restored);
    }

    [Fact]
    public async Task A_later_backup_copies_only_what_is_new_and_both_can_be_restored()
    {
        await using var store = await BackupFixture.CreateAsync(4);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var first = await store.BackupAsync(target);
        var added = await store.AddBlocksAsync(3);
        var gone = store.Catalog.Current.All.First(b => !added.Contains(b));
        await store.Catalog.CommitAsync(new MetastoreChange { Remove = [gone.Id] }, onPublish: null, None);
        var second = await store.BackupAsync(target);
        (second.CopiedObjects, second.Manifest.Blocks.Count).ShouldBe((3, 6));
        (await repository.ListAsync(None)).ShouldBe([first.Name, second.Name]);
        foreach (var (result, blocks) in new[] { (first, 4), (second, 6) })
        {
            var restored = new MemoryMetastore();
            using var objects = new LocalObjectStore(new FaultyDisk(), "/elsewhere");
            await new BackupRestorer(repository, objects, restored).RunAsync(result.Name, replace: false, BackupFixture.Silent, None);
            (await restored.LoadCatalogAsync(None)).Blocks.Count.ShouldBe(blocks);
        }
    }

    [Fact]
    public async Task Everything_acknowledged_before_it_began_is_in_it_and_no_value_is_newer_than_the_blocks()
    {
        await using var store = await BackupFixture.CreateAsync(1);
        await store.Metastore.SetAsync("tail", "position", "before"u8.ToArray(), expectedVersion: null, None);
        await using var source = await PinnedBackup.BeginAsync(
            store.Metastore,
            store.Catalog,
            store.Objects,
            async _ =>
            {
                await store.AddBlocksAsync(2);
                await store.Metastore.SetAsync("tail", "position", "moved on while it flushed"u8.ToArray(), expectedVersion: null, None);
            },
            store.Clock,
            "test",
            None);
        source.Content.Blocks.Count.ShouldBe(3);
        Encoding.UTF8.GetString(source.Content.Values.Single(v => v.Scope == "tail").Value.Span).ShouldBe("before");
        source.Content.Retired.Count.ShouldBe(2);

        // What comes later is not in it, and what goes stays readable.
        await store.AddBlocksAsync(1);
        await store.Catalog.CommitAsync(new MetastoreChange { Remove = [.. source.Content.Blocks.Select(b => b.Id)] }, onPublish: null, None);
        store.Clock.Advance(TimeSpan.FromHours(1));
        await store.Catalog.SweepAsync(None);
        using var target = new LocalObjectStore(_disk, Root);
        var writer = new BackupWriter(new BackupRepository(target)) { Check = BackupFixture.Unchecked };
        (await writer.RunAsync(source, BackupFixture.Silent, None)).CopiedObjects.ShouldBe(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_broke_off_in_the_middle_copies_only_the_rest_when_it_is_run_again(bool isKilled)
    {
        await using var store = await BackupFixture.CreateAsync(9);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        await using (var source = await store.PinAsync())
        {
            // One that is killed notes nothing at its end, only now and then.
            var breaking = new BreakingSource(source, breakAt: 6, store.Clock, () => _disk.CapacityBytes = isKilled ? 0 : long.MaxValue);
            var writer = new BackupWriter(repository, isThorough: false, store.Clock) { Check = BackupFixture.Unchecked };
            await Should.ThrowAsync<IOException>(() => writer.RunAsync(breaking, BackupFixture.Silent, None));
        }

        _disk.CapacityBytes = long.MaxValue;
        (await repository.ListAsync(None)).ShouldBeEmpty();
        var result = await store.BackupAsync(target);
        (result.CopiedObjects, result.Manifest.Blocks.Count).ShouldBe((4, 9));
        (await repository.VerifyAsync(result.Manifest, BackupFixture.Silent, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Values_of_the_place_are_not_taken_along()
    {
        await using var store = await BackupFixture.CreateAsync(1);
        await store.Metastore.SetAsync("object_store", "data_set", "old"u8.ToArray(), expectedVersion: null, None);
        using var target = new LocalObjectStore(_disk, Root);
        var result = await store.BackupAsync(target);
        result.Manifest.Values.Select(v => v.Scope).ShouldBe(["ui"]);
        var restored = new MemoryMetastore();
        await restored.SetAsync("object_store", "data_set", "new"u8.ToArray(), expectedVersion: null, None);
        await new BackupRestorer(new BackupRepository(target), store.Objects, restored).RunAsync(result.Name, replace: true, BackupFixture.Silent, None);
        Encoding.UTF8.GetString((await restored.GetAsync("object_store", "data_set", None))!.Value.Span).ShouldBe("new");
        (await restored.GetAsync("ui", "board", None)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("altered", "its SHA-256 is")]
    [InlineData("cut", "bytes instead of")]
    [InlineData("missing", "it is missing")]
    public async Task A_damaged_object_is_named_and_nothing_is_restored_and_a_thorough_backup_mends_it(string damage, string reason)
    {
        await using var store = await BackupFixture.CreateAsync(5);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var result = await store.BackupAsync(target);
        (await repository.VerifyAsync(result.Manifest, BackupFixture.Silent, None)).ShouldBeEmpty();
        var key = result.Manifest.Blocks[2].ObjectKey;
        var bytes = await store.ReadAsync(target, key);
        if (damage == "missing") await target.DeleteAsync(key, None);
        else if (damage == "cut") await target.PutAsync(key, bytes.AsMemory(0, bytes.Length - 1), None);
        else
        {
            bytes[0] ^= 1;
            await target.PutAsync(key, bytes, None);
        }

        var found = (await repository.VerifyAsync(result.Manifest, BackupFixture.Silent, None)).ShouldHaveSingleItem();
        found.Key.ShouldBe(key);
        found.Reason.ShouldContain(reason);

        var restored = new MemoryMetastore();
        using var objects = new LocalObjectStore(new FaultyDisk(), "/elsewhere");
        var restorer = new BackupRestorer(repository, objects, restored);
        var failure = await Should.ThrowAsync<BackupDamagedException>(() => restorer.RunAsync(result.Name, replace: false, BackupFixture.Silent, None));
        failure.Message.ShouldContain(key);
        (await restored.ExportAsync(None)).IsEmpty.ShouldBeTrue();

        (await store.BackupAsync(target, isThorough: true)).CopiedObjects.ShouldBe(1);
        await restorer.RunAsync(result.Name, replace: false, BackupFixture.Silent, None);
        await ShouldBeRestoredAsync(store, objects, restored);
    }

    [Fact]
    public async Task A_block_that_was_damaged_where_it_came_from_is_copied_and_named_by_every_backup_and_restored()
    {
        await using var store = await BackupFixture.CreateAsync(3);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var key = store.Catalog.Current.All.First().ObjectKey;
        BlockCheck check = (_, block, _) => ValueTask.FromResult(block.ObjectKey == key ? "at byte 4: its checksum is wrong" : null);
        await store.Metastore.SetAsync("quarantine", "x", "{}"u8.ToArray(), expectedVersion: null, None);

        // The second one copies it again, for it may be right meanwhile.
        for (var i = 0; i < 2; i++)
        {
            var result = await store.BackupAsync(target, check: check);
            result.CopiedObjects.ShouldBe(i == 0 ? 3 : 1);
            var manifest = await repository.ReadAsync(result.Name, None);
            manifest.Format.ShouldBe(2);
            manifest.Damaged.ShouldBe([new DamagedObject(key, "at byte 4: its checksum is wrong")]);
            (await repository.VerifyAsync(manifest, BackupFixture.Silent, None)).ShouldHaveSingleItem().Reason
                .ShouldBe("it was damaged already when it was copied: at byte 4: its checksum is wrong");
            var restored = new MemoryMetastore();
            using var objects = new LocalObjectStore(new FaultyDisk(), "/elsewhere");
            (await new BackupRestorer(repository, objects, restored).RunAsync(result.Name, replace: false, BackupFixture.Silent, None)).ShouldBe(3);
            (await restored.ListAsync("quarantine", None)).ShouldBeEmpty("what is restored is looked at anew");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_block_that_was_damaged_when_it_was_copied_is_mended_in_all_backups_by_the_next_one(bool isThorough)
    {
        await using var store = await BackupFixture.CreateAsync(3);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var key = store.Catalog.Current.All.First().ObjectKey;
        var right = await store.ReadAsync(store.Objects, key);
        var wrong = (byte[])right.Clone();
        wrong[0] ^= 1;
        await store.Objects.PutAsync(key, wrong, None);
        BlockCheck check = async (objects, block, _) =>
            block.ObjectKey == key && !(await store.ReadAsync(objects, key)).SequenceEqual(right) ? "at byte 0: wrong" : null;
        var first = await store.BackupAsync(target, check: check);
        first.Manifest.Damaged.ShouldHaveSingleItem();
        await store.Objects.PutAsync(key, right, None);
        var second = await store.BackupAsync(target, isThorough, check: check);
        second.CopiedObjects.ShouldBe(1);
        second.Manifest.Damaged.ShouldBeEmpty();
        (await repository.PruneAsync(keep: 2, None)).ShouldBe((0, 0));
        foreach (var name in new[] { first.Name, second.Name })
        {
            (await repository.VerifyAsync(await repository.ReadAsync(name, None), BackupFixture.Silent, None)).ShouldBeEmpty();
            var restored = new MemoryMetastore();
            using var objects = new LocalObjectStore(new FaultyDisk(), "/elsewhere");
            await new BackupRestorer(repository, objects, restored).RunAsync(name, replace: false, BackupFixture.Silent, None);
            await ShouldBeRestoredAsync(store, objects, restored);
        }
    }

    [Theory]
    [InlineData(true, "the object is missing")]
    [InlineData(false, "bytes, the catalog says")]
    public async Task A_block_that_the_store_has_lost_is_left_out_and_named_and_the_backup_has_the_rest(bool isMissing, string reason)
    {
        await using var store = await BackupFixture.CreateAsync(4);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var block = store.Catalog.Current.All.Skip(1).First();
        var right = await store.ReadAsync(store.Objects, block.ObjectKey);
        if (isMissing) await store.Objects.DeleteAsync(block.ObjectKey, None);
        else await store.Objects.PutAsync(block.ObjectKey, right.AsMemory(0, right.Length - 1), None);
        var result = await store.BackupAsync(target);
        result.CopiedObjects.ShouldBe(3);
        var manifest = await repository.ReadAsync(result.Name, None);
        manifest.Damaged.ShouldHaveSingleItem().ShouldSatisfyAllConditions(d => d.Key.ShouldBe(block.ObjectKey), d => d.Reason.ShouldContain(reason));
        (await repository.VerifyAsync(manifest, BackupFixture.Silent, None)).ShouldHaveSingleItem().Reason.ShouldContain("lost already");
        var restored = new MemoryMetastore();
        using var objects = new LocalObjectStore(new FaultyDisk(), "/elsewhere");
        (await new BackupRestorer(repository, objects, restored).RunAsync(result.Name, replace: false, BackupFixture.Silent, None)).ShouldBe(3);
        var blocks = (await restored.LoadCatalogAsync(None)).Blocks;
        blocks.Count.ShouldBe(3);
        blocks.ShouldNotContain(b => b.Id == block.Id);

        await store.Objects.PutAsync(block.ObjectKey, right, None);
        (await store.BackupAsync(target)).Manifest.Damaged.ShouldBeEmpty();
        (await repository.VerifyAsync(manifest, BackupFixture.Silent, None)).ShouldBeEmpty("a later backup has it");
    }

    [Fact]
    public async Task A_block_that_is_no_Parquet_file_is_named_as_damaged()
    {
        await using var store = await BackupFixture.CreateAsync(1);
        using var target = new LocalObjectStore(_disk, Root);
        await using var source = await store.PinAsync();
        var result = await new BackupWriter(new BackupRepository(target)).RunAsync(source, BackupFixture.Silent, None);
        result.Manifest.Damaged.ShouldHaveSingleItem().Reason.ShouldStartWith("at byte ");
    }

    [Fact]
    public async Task The_last_backup_without_damaged_blocks_is_not_deleted()
    {
        await using var store = await BackupFixture.CreateAsync(2);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var names = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            // The blocks of before are merged to one, which is damaged from the third backup on.
            var gone = store.Catalog.Current.All.Select(static b => b.Id).ToList();
            names.Add((await store.BackupAsync(target, check: i < 2 ? null : static (_, _, _) => ValueTask.FromResult<string?>("bad"))).Name);
            await store.AddBlocksAsync(1);
            await store.Catalog.CommitAsync(new MetastoreChange { Remove = gone }, onPublish: null, None);
        }

        (await repository.PruneAsync(keep: 2, None)).Backups.ShouldBe(2);
        (await repository.ListAsync(None)).ShouldBe([names[1], names[3], names[4]]);
        (await repository.VerifyAsync(await repository.ReadAsync(names[1], None), BackupFixture.Silent, None)).ShouldBeEmpty();
        (await repository.PruneAsync(keep: 2, None)).Backups.ShouldBe(0);

        // With a newer good one it is not needed any more.
        names.Add((await store.BackupAsync(target)).Name);
        (await repository.PruneAsync(keep: 2, None)).Backups.ShouldBe(2);
        (await repository.ListAsync(None)).ShouldBe(names[4..]);
    }

    [Fact]
    public async Task A_manifest_altered_at_any_byte_is_refused()
    {
        await using var store = await BackupFixture.CreateAsync(2);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var name = (await store.BackupAsync(target)).Name;
        var key = $"manifests/{name}.json";
        var bytes = await store.ReadAsync(target, key);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            await target.PutAsync(key, bytes, None);
            (await Should.ThrowAsync<BackupException>(() => repository.ReadAsync(name, None))).Message.ShouldContain(key);
            bytes[i] ^= 1;
        }

        await target.PutAsync(key, bytes.AsMemory(0, bytes.Length / 2), None);
        await Should.ThrowAsync<BackupException>(() => repository.ReadAsync(name, None));

        // It does not stand in the way of the next one, which knows no checksums and copies again.
        (await store.BackupAsync(target)).CopiedObjects.ShouldBe(2);
    }

    [Theory]
    [InlineData("\"object_key\":\"blocks/1/../../etc/passwd\"", "impossible key")]
    [InlineData("\"object_key\":\"tmp/x\"", "impossible key")]
    [InlineData("\"tenant\":\"nobody\"", "not in the list of tenants")]
    [InlineData("\"size_bytes\":-1", "impossible size")]
    public async Task A_manifest_that_would_lead_elsewhere_is_refused(string with, string reason)
    {
        await using var store = await BackupFixture.CreateAsync(1);
        await using var source = await store.PinAsync();
        var json = Encoding.UTF8.GetString(source.Content.ToBytes());
        var name = with[..(with.IndexOf(':') + 1)];
        var from = json.IndexOf(name, StringComparison.Ordinal);
        var changed = json[..from] + with + json[json.IndexOf(',', from)..];
        Should.Throw<BackupException>(() => BackupManifest.Read(Encoding.UTF8.GetBytes(changed), "m")).Message.ShouldContain(reason);
    }

    [Fact]
    public void A_manifest_of_another_format_is_refused_by_its_number() =>
        Should.Throw<BackupException>(() => BackupManifest.Read("""{"format":3,"new":true}"""u8, "m")).Message.ShouldContain("m has format 3");

    [Fact]
    public async Task Older_backups_are_deleted_with_the_objects_that_only_they_need()
    {
        await using var store = await BackupFixture.CreateAsync(3);
        using var target = new LocalObjectStore(_disk, Root);
        var repository = new BackupRepository(target);
        var names = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            names.Add((await store.BackupAsync(target)).Name);
            var oldest = store.Catalog.Current.All.MinBy(b => b.FirstSegment)!;
            await store.AddBlocksAsync(1);
            await store.Catalog.CommitAsync(new MetastoreChange { Remove = [oldest.Id] }, onPublish: null, None);
        }

        (await repository.PruneAsync(keep: 2, None)).ShouldBe((2, 2));
        (await repository.ListAsync(None)).ShouldBe(names[2..]);
        foreach (var name in names[2..])
            (await repository.VerifyAsync(await repository.ReadAsync(name, None), BackupFixture.Silent, None)).ShouldBeEmpty();
        (await repository.PruneAsync(keep: 2, None)).ShouldBe((0, 0));

        // With a manifest that cannot be read nobody knows what it needs.
        await target.PutAsync($"manifests/{names[2]}.json", new byte[] { 1 }, None);
        await Should.ThrowAsync<BackupException>(() => repository.PruneAsync(keep: 2, None));
        (await repository.VerifyAsync(await repository.ReadAsync(names[3], None), BackupFixture.Silent, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Progress_grows_to_the_whole()
    {
        await using var store = await BackupFixture.CreateAsync(5);
        using var target = new LocalObjectStore(_disk, Root);
        await using var source = await store.PinAsync();
        var progress = new ProgressList();
        await new BackupWriter(new BackupRepository(target)) { Check = BackupFixture.Unchecked }.RunAsync(source, progress, None);
        var total = source.Content.TotalBytes;
        progress.Reports.Select(r => r.DoneBytes).ShouldBe(progress.Reports.Select(r => r.DoneBytes).Order());
        progress.Reports[^1].ShouldBe(new BackupProgress(total, total, 5, 5));
    }

    [Fact]
    public async Task Killed_at_any_call_to_the_disk_a_backup_spoils_nothing_and_the_next_run_completes_it()
    {
        await using var store = await BackupFixture.CreateAsync(2);
        FaultyDisk before;
        string firstName;
        using (var target = new LocalObjectStore(_disk, Root))
        {
            firstName = (await store.BackupAsync(target)).Name;
            before = _disk.AfterPowerCut(Leftover.Nothing);
        }

        await store.AddBlocksAsync(2);
        var cuts = 0;
        for (var isCut = true; isCut; cuts++)
        {
            var disk = before.AfterPowerCut(Leftover.Nothing);
            disk.FailFromOperation = cuts;
            isCut = await FailsAsync(async () =>
            {
                using var target = new LocalObjectStore(disk, Root);
                await store.BackupAsync(target);
            });
            foreach (var leftover in Enum.GetValues<Leftover>())
            {
                using var target = new LocalObjectStore(disk.AfterPowerCut(leftover, seed: cuts), Root);
                var repository = new BackupRepository(target);
                foreach (var name in await repository.ListAsync(None))
                    (await repository.VerifyAsync(await repository.ReadAsync(name, None), BackupFixture.Silent, None)).ShouldBeEmpty();
                (await repository.ListAsync(None)).ShouldContain(firstName);
                var again = await store.BackupAsync(target);
                again.CopiedObjects.ShouldBeLessThanOrEqualTo(2);
                (await repository.VerifyAsync(again.Manifest, BackupFixture.Silent, None)).ShouldBeEmpty();
            }
        }

        cuts.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task An_unfinished_backup_goes_on_from_what_it_noted()
    {
        await using var store = await BackupFixture.CreateAsync(150);
        var clean = new FaultyDisk();
        using (var target = new LocalObjectStore(clean, Root))
            await store.BackupAsync(target, time: new TickingClock());
        _disk.FailFromOperation = clean.Operations.Count - 20;
        using (var target = new LocalObjectStore(_disk, Root))
            (await FailsAsync(() => store.BackupAsync(target, time: new TickingClock()))).ShouldBeTrue();
        using var resumed = new LocalObjectStore(_disk.AfterPowerCut(Leftover.Nothing), Root);
        (await store.BackupAsync(resumed)).CopiedObjects.ShouldBeInRange(1, 40);
    }

    [Fact]
    public async Task Killed_at_any_call_to_the_disk_a_restore_goes_on()
    {
        await using var store = await BackupFixture.CreateAsync(4);
        using var source = new LocalObjectStore(_disk, Root);
        var name = (await store.BackupAsync(source)).Name;
        var repository = new BackupRepository(source);
        var cuts = 0;
        for (var isCut = true; isCut; cuts++)
        {
            var disk = new FaultyDisk { FailFromOperation = cuts };
            var metastore = new MemoryMetastore();
            isCut = await FailsAsync(async () =>
            {
                using var objects = new LocalObjectStore(disk, "/new");
                await new BackupRestorer(repository, objects, metastore).RunAsync(name, replace: false, BackupFixture.Silent, None);
            });

            (await metastore.ExportAsync(None)).IsEmpty.ShouldBe(isCut);
            foreach (var leftover in Enum.GetValues<Leftover>())
            {
                var finished = new MemoryMetastore();
                using var objects = new LocalObjectStore(disk.AfterPowerCut(leftover, seed: cuts), "/new");
                await new BackupRestorer(repository, objects, finished).RunAsync(name, replace: false, BackupFixture.Silent, None);
                await ShouldBeRestoredAsync(store, objects, finished);
            }
        }

        cuts.ShouldBeGreaterThan(10);
    }

    private static async Task<bool> FailsAsync(Func<Task> run)
    {
        try
        {
            await run();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task ShouldBeRestoredAsync(BackupFixture store, IObjectStore objects, MemoryMetastore restored)
    {
        var wanted = await store.Metastore.ExportAsync(None);
        var found = await restored.ExportAsync(None);
        found.Tenants.ShouldBe(wanted.Tenants);
        found.Catalog.Retired.ShouldBe(wanted.Catalog.Retired);
        found.Values.Select(v => (v.Scope, v.Value.Key, v.Value.Version)).ShouldBe(wanted.Values.Select(v => (v.Scope, v.Value.Key, v.Value.Version)));
        var wantedBlocks = wanted.Catalog.Blocks.Select(b => b with { Statistics = default });
        found.Catalog.Blocks.Select(b => b with { Statistics = default }).ShouldBe(wantedBlocks, ignoreOrder: true);
        foreach (var block in found.Catalog.Blocks)
        {
            block.Statistics.ToArray().ShouldBe(wanted.Catalog.Blocks.Single(b => b.Id == block.Id).Statistics.ToArray());
            (await store.ReadAsync(objects, block.ObjectKey)).ShouldBe(await store.ReadAsync(store.Objects, block.ObjectKey));
        }
    }

    /// <summary>A source that is lost at an object; between objects the clock goes on.</summary>
    private sealed class BreakingSource(IBackupSource source, int breakAt, ManualClock clock, Action onBreak) : IBackupSource
    {
        private int _copied;

        public BackupManifest Content => source.Content;

        public async ValueTask CopyAsync(ManifestBlock block, Stream into, CancellationToken cancellationToken)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            if (++_copied == breakAt)
            {
                onBreak();
                throw new IOException("the source is lost");
            }

            await source.CopyAsync(block, into, cancellationToken);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Each look at it is a tenth of a second later.</summary>
    private sealed class TickingClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => 10;

        public override long GetTimestamp() => ++_ticks;
    }
}
