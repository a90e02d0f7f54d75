// What a page does with roslibjs, one part a run; test_roslibjs.py is the other side.
//
//   node roslibjs_client.mjs ROSLIB_MODULE_URL BRIDGE_URL PART
//
// Prints what it saw as one JSON object a line. It ends by itself when the part is over, with 1 when
// something fails; `publish`, `serve` and `act` go on until the process is ended.

const [moduleUrl, bridgeUrl, part] = process.argv.slice(2);
const { Action, Ros, Service, Topic } = await import(moduleUrl);

const PUBLISH_PERIOD_MS = 50;
const ros = new Ros();

function say(seen) {
  console.log(JSON.stringify(seen));
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

function topic(name, messageType, options = {}) {
  return new Topic({ ros, name, messageType, ...options });
}

function setBool(name) {
  return new Service({ ros, name, serviceType: 'std_srvs/SetBool' });
}

function emotion(name) {
  return new Action({ ros, name, actionType: 'bbia_msgs/action/PlayEmotion' });
}

async function next(subscribed) {
  return new Promise((resolve) => {
    subscribed.subscribe((message) => {
      subscribed.unsubscribe();
      resolve(message);
    });
  });
}

const PARTS = {
  async topics() {
    say(await new Promise((resolve) => ros.getTopics(resolve, fail)));
  },

  async subscribe() {
    for (const compression of ['none', 'cbor', 'png']) {
      const { header, name, position } = await next(
        topic('/joints', 'sensor_msgs/JointState', { compression }),
      );
      say({ compression, header, name, position: Array.from(position) });
    }
  },

  async publish() {
    const joints = topic('/from_page', 'sensor_msgs/msg/JointState');
    joints.advertise();
    const message = { header: { frame_id: 'page' }, name: ['a'], position: [0.5] };
    setInterval(() => joints.publish(message), PUBLISH_PERIOD_MS);
    await new Promise(() => {});
  },

  async call() {
    const answer = (name) =>
      new Promise((resolve) =>
        setBool(name).callService(
          { data: true },
          (values) => resolve({ values }),
          (error) => resolve({ error: String(error) }),
        ),
      );
    say(await answer('/set_bool'));
    say(await answer('/nowhere'));
  },

  async serve() {
    await setBool('/page/set_bool').advertise((request, response) => {
      response.success = request.data;
      response.message = 'from the page';
      return true;
    });
    await new Promise(() => {});
  },

  async goal() {
    const seen = { feedback: [] };
    seen.result = await new Promise((resolve, reject) =>
      emotion('/feel').sendGoal(
        { name: 'happy', intensity: 0.5 },
        resolve,
        (feedback) => seen.feedback.push(feedback),
        reject,
      ),
    );
    say(seen);
  },

  async cancel() {
    const action = emotion('/feel');
    const error = await new Promise((resolve, reject) => {
      const id = action.sendGoal(
        { name: 'endless' },
        () => reject(new Error('a cancelled goal succeeded')),
        () => action.cancelGoal(id),
        resolve,
      );
    });
    say({ error: String(error) });
  },

  async act() {
    const action = emotion('/page/feel');
    action.advertise(
      (goal, id) => {
        action.sendFeedback(id, { progress: 0.5 });
        action.setSucceeded(id, { success: true, message: `felt ${goal.name}` });
      },
      () => fail('nobody cancels here'),
    );
    await new Promise(() => {});
  },
};

ros.on('error', fail);
ros.on('connection', () => PARTS[part]().then(() => ros.close(), fail));
ros.connect(bridgeUrl);
